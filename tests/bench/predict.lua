-- What wrk posts, and a line with what came of it: requests a second, p50 and p99 in microseconds,
-- answers that were no 200 and connections that failed. The body is the file that PREDICT_BODY names.
local file = io.open(os.getenv("PREDICT_BODY"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %.1f %.1f %.1f %d %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
