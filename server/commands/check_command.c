/* What it finds goes to standard output, a line each, and at last what it has looked at. */
#include "commands/check_command.h"

#include <stdbool.h>

#include "commands/command.h"
#include "store/store_check.h"
#include "tools/log.h"

const char check_usage[] =
    "usage: backpropd check [FILE] [--data-dir=DIR]\n\n"
    "Looks through the store in DIR, or through FILE, a backup of one, and says what is damaged.\n"
    "Exit status: 0 sound, 1 damaged or not to be read, 2 wrong words. The daemon on the store "
    "may\n"
    "run or not; run this as its user.\n";

static void print_finding(void *arg, const char *finding)
{
    (void)arg;
    puts(finding);
}

/* "3 models" */
static void print_count(long long count, const char *noun, const char *after)
{
    printf("%lld %s%s%s", count, noun, count == 1 ? "" : "s", after);
}

static int report(const char *what, const StoreCensus *census)
{
    bool sound = census->findings == 0;
    printf("%s is %s: ", what, sound ? "sound" : "damaged");
    if (!sound)
        print_count(census->findings, "finding", " in ");
    print_count(census->datasets, "dataset", ", ");
    print_count(census->models, "model", ", ");
    print_count(census->jobs, "job", ", ");
    print_count(census->checkpoints, "checkpoint", "\n");
    return sound ? 0 : COMMAND_FAILED;
}

int check_command(const Conf *conf, size_t count, char *const *words)
{
    char why[512] = "";
    Store *store;
    StoreCensus census;
    const char *file = count > 0 ? words[0] : NULL;
    if (count > 1)
        return command_misuse("check", "it takes the name of one file, or none");
    log_set_level(LOG_WARNING);
    Status status = file ? store_peek_file(file, &store, why, sizeof why)
                         : store_peek(conf->data_dir, &store, why, sizeof why);
    if (status != STATUS_OK)
        return command_fail("check", "%s", why);
    status = store_check(store, print_finding, NULL, &census);
    store_close(store);
    if (status != STATUS_OK)
        return command_fail("check", "it could not be done: %s", status_title(status));
    return report(file ? file : conf->data_dir, &census);
}
