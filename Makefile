# backpropd: a daemon that trains and serves small regression networks.
# `make help` lists the targets. CC, CPPFLAGS, CFLAGS, LDFLAGS, PREFIX and DESTDIR
# mean what they always mean; everything that is built goes below BUILD.

VERSION = 0.1.0
BUILD ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
CORE_OPT ?= -O3
WERROR ?= -Werror
FUZZ_SECONDS ?= 30
# Where Debian's Python packages are, for the build and for bench.py; what that one is asked
# (--help says what).
PYTHON ?= /usr/bin/python3
BENCH_PYTHON ?= $(PYTHON)
BENCH ?=
# The data sets that accuracy is measured on, and splits of each.
DATA ?= tests/data
SPLITS ?= 20
# Files that `make coverage` lists the gaps of, by how their paths begin.
MISSED ?=

# Set by the check targets below: the argument of -fsanitize, or nothing.
SANITIZE ?=

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wdouble-promotion -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2
# The macros of the test library do not pass the stricter ones.
TEST_WARN := -Wall -Wextra

TARGET := $(shell $(CC) -dumpmachine)
# Those of the flags that the compiler knows.
known = $(shell for flag in $(1); do \
	$(CC) -Werror $$flag -fsyntax-only -xc /dev/null 2> /dev/null && echo $$flag; done)
WARN += -Wimplicit-fallthrough -Werror=format-security $(call known,-Wtrampolines -Wbidi-chars=any)

# What the OpenSSF's hardening guide for C lists; the sanitizers do the same with more to say.
# Fortified calls need an optimiser. Variables that begin as zero are for the server alone: in the
# loops of the core they would be half of the work.
ifneq ($(SANITIZE),)
SAN := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
ifneq ($(findstring undefined,$(SANITIZE)),)
SAN += -fno-sanitize-recover=all
endif
else
GUARD := -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing \
	$(if $(filter x86_64-%,$(TARGET)),-fcf-protection=full) \
	$(if $(filter aarch64-%,$(TARGET)),-mbranch-protection=standard) \
	$(if $(filter -O -O1 -O2 -O3 -Os -Og,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
ZERO := $(call known,-ftrivial-auto-var-init=zero)
endif
HARDEN := -fPIE $(GUARD) $(SAN)
LINK_GUARD := -Wl,--as-needed,-z,relro,-z,now,-z,noexecstack,-z,separate-code
LINK := -pie $(LINK_GUARD) $(SAN)

# The arithmetic gives the same bits on every compiler and processor with these; none of
# them allows a result to change (no contraction, no fast-math).
CORE_FLAGS = -std=c11 $(CORE_OPT) -ffp-contract=off -fno-math-errno -fno-trapping-math \
	-fPIC -fno-semantic-interposition
SERVER_FLAGS = -std=c11 $(ZERO) -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L \
	-DBACKPROPD_VERSION='"$(VERSION)"' -I. -Iserver \
	-isystem $(BUILD)/gen
TEST_FLAGS = $(SERVER_FLAGS) -Itests
CORE_TEST_LIBS := -lcriterion -ljansson -lmpfr -lgmp -lm
LIBS := -lmicrohttpd -ljansson -lprotobuf-c -lsqlite3 -lgnutls -lz -lm -lpthread

# The core is a library of its own, built for this architecture and again for each of its levels
# that the compiler knows; glibc's loader takes the best that the processor has. Private to the
# daemon, so named by its version. A build with a sanitizer holds the plain core and no library.
CORE_BUILD := $(subst _,-,$(firstword $(subst -, ,$(TARGET))))
LEVELS := $(if $(findstring musl,$(TARGET)),,$(foreach level,x86-64-v3 x86-64-v4,\
	$(shell $(CC) -march=$(level) -E -xc /dev/null > /dev/null 2>&1 && echo $(level))))
LEVEL_FLAGS_x86-64-v4 := -mprefer-vector-width=512
CORE_SO := libbackpropd-core.so.$(VERSION)
CORE_DIR := lib/backpropd
CORE_PLAIN := $(BUILD)/$(CORE_DIR)/$(CORE_SO)
CORE_LEVELS := $(LEVELS:%=$(BUILD)/$(CORE_DIR)/glibc-hwcaps/%/$(CORE_SO))
SHARE := -shared -Wl,-soname,$(CORE_SO) -Wl,-Bsymbolic-functions $(LINK_GUARD),-z,nodlopen
ifeq ($(SANITIZE),)
CORE := $(CORE_PLAIN)
LINK_CORE := -Wl,-rpath,'$$ORIGIN/$(CORE_DIR):$$ORIGIN/../$(CORE_DIR)'
else
CORE := $(BUILD)/libcore.a
endif

CORE_SRC := $(sort $(wildcard core/*.c))
SERVER_SRC := $(sort $(filter-out server/main.c,$(shell find server -name '*.c')))
# Libraries that the tests load into a daemon before others, to make calls fail.
FAULTS = $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/faults/*.c))
CORE_TESTS := $(sort $(wildcard tests/core/*.c))
SERVER_TESTS := $(sort $(wildcard tests/server/*.c)) tests/core/fault.c
BENCHES := peer_core peer_fann threads reach bare jansson
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_OBJ = $(FUZZERS:%=$(BUILD)/tests/fuzz/%.o) $(BUILD)/tests/fuzz/replay.o
# What the exported C is made of (server/api/export/c_parts.c).
CORE_TEXT := $(sort $(wildcard core/elem_*.h)) core/act.c core/data.c
ONNX_PROTO := /usr/include/onnx/onnx.proto
SCHEMA := $(sort $(wildcard schema/[0-9]*.sql))
OPENAPI := schema/openapi.yaml
# The dashboard, and the library of its charts, which is taken from where Debian installs it.
DYGRAPHS := /usr/share/javascript/dygraphs
UI := $(sort $(wildcard server/ui/*.*)) $(wildcard $(DYGRAPHS)/dygraph.min.js \
	$(DYGRAPHS)/dygraph.min.css)

CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/%.o)
SERVER_OBJ := $(SERVER_SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/schema.o $(BUILD)/gen/core_text.o \
	$(BUILD)/gen/openapi.o $(BUILD)/gen/ui.o $(BUILD)/gen/onnx.pb-c.o
MAIN_OBJ := $(BUILD)/server/main.o
CORE_TESTS_OBJ := $(CORE_TESTS:%.c=$(BUILD)/%.o)
SERVER_TESTS_OBJ := $(SERVER_TESTS:%.c=$(BUILD)/%.o)
ALL_OBJ := $(CORE_OBJ) $(SERVER_OBJ) $(MAIN_OBJ) $(CORE_TESTS_OBJ) $(SERVER_TESTS_OBJ)

# For targets that build on the way to something else: quietly, on all processors.
SUBMAKE = $(MAKE) -s --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all run demo test test-ui torture check-asan check-tsan check-clang check-bits \
	check-clients check-onnx coverage fuzz bench accuracy docker test-docker install deps clean \
	help tests fuzzers FORCE

##@ Build and use
all: $(BUILD)/backpropd $(if $(SANITIZE),,$(CORE_LEVELS)) ## build the daemon, build/backpropd

run: all ## run it on 127.0.0.1:8080, its store in backpropd-data
	$(BUILD)/backpropd

demo: ## train on real data with curl, from nothing to predictions
	@deploy/install-packages.sh build demo
	@echo "Building the daemon."
	@$(SUBMAKE) all
	@deploy/demo.sh $(BUILD)/backpropd

install: all ## install below PREFIX (and DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/systemd/system \
		$(DESTDIR)$(PREFIX)/share/doc/backpropd
	install -m 755 $(BUILD)/backpropd $(DESTDIR)$(PREFIX)/bin/backpropd
	cd $(BUILD) && for lib in $(patsubst $(BUILD)/%,%,$(CORE_PLAIN) $(CORE_LEVELS)); do \
		install -D -m 644 $$lib $(abspath $(DESTDIR)$(PREFIX))/$$lib; \
	done
	sed 's,/usr/local/,$(PREFIX)/,g' deploy/backpropd.service \
		> $(DESTDIR)$(PREFIX)/lib/systemd/system/backpropd.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/backpropd.service
	install -m 644 deploy/backpropd.conf LICENSE README.md $(DESTDIR)$(PREFIX)/share/doc/backpropd

deps: ## install what the build needs (Debian)
	@deploy/install-packages.sh build

docker: ## build the image backpropd, and backpropd:VERSION
	docker build -t backpropd:$(VERSION) -t backpropd .

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 5) ":" } \
		/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

##@ Check
test: ## every test; ends with "N passed, N failed"
	@deploy/install-packages.sh build test
	@echo "Building the daemon and the tests."
	@$(SUBMAKE) all tests
	@tests/run --build=$(BUILD)

torture: ## the long form of the tests that break things: half an hour at most
	@deploy/install-packages.sh build test
	@$(SUBMAKE) all tests
	@BACKPROPD_TORTURE=1 tests/run --build=$(BUILD) server torture

test-ui: ## the dashboard, in a headless Chromium
	@deploy/install-packages.sh build test ui
	@$(SUBMAKE) all
	@$(SUBMAKE) build/ui/installed || echo "Without PyPI: what axe-core finds is not tested."
	@tests/run --build=$(BUILD) ui

check-asan: ## the same on a build with the address and undefined sanitizers
	@deploy/install-packages.sh build test
	@$(SUBMAKE) BUILD=build/asan SANITIZE=address,undefined WERROR= \
		CFLAGS='-O1 -g' CORE_OPT=-O1 all tests
	@tests/run --build=build/asan core server fuzz wire

check-tsan: ## the tests over HTTP on a build with the thread sanitizer
	@deploy/install-packages.sh build test
	@$(SUBMAKE) BUILD=build/tsan SANITIZE=thread WERROR= \
		CFLAGS='-O1 -g' CORE_OPT=-O2 all
	@tests/run --build=build/tsan wire

check-clang: ## the whole build with clang and its warnings, and the tests of core and server
	@deploy/install-packages.sh build test clang
	@$(SUBMAKE) BUILD=build/clang CC=clang all tests
	@tests/run --build=build/clang core server

coverage: ## lines and branches that tests reach; those that none does: MISSED=server/store
	@deploy/install-packages.sh build test
	@find build/coverage -name '*.gcda' -delete 2> /dev/null || true
	@$(SUBMAKE) BUILD=build/coverage LEVELS= WERROR= CORE_OPT=-O1 \
		CFLAGS='-O0 -g --coverage -fprofile-update=atomic' all tests
	@tests/run --build=build/coverage core server fuzz wire; failed=$$?; \
		tests/coverage/coverage.py $(MISSED) && exit $$failed

check-bits: ## the same bits from every compiler, level and architecture that can run here
	@deploy/install-packages.sh build clang bits
	@python3 -B tests/structure/check_bits.py

check-clients: ## a stock client of the inference protocol, a fuzzer of OpenAPI, Prometheus' linter
	@deploy/install-packages.sh build clients metrics
	@$(SUBMAKE) all build/clients/installed
	@BACKPROPD_BUILD=$(BUILD) build/clients/bin/python -B tests/clients/check_infer.py
	@BACKPROPD_BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) build/clients/bin/python -B \
		tests/clients/check_openapi.py
	@BACKPROPD_BUILD=$(BUILD) python3 -B tests/clients/check_metrics.py

check-onnx: ## exported ONNX by onnx.checker and ONNX Runtime, from PyPI
	@deploy/install-packages.sh build clients
	@$(SUBMAKE) all build/onnx/installed
	@BACKPROPD_BUILD=$(BUILD) PYTHONPATH=tests/wire build/onnx/bin/python -B \
		tests/onnx/check_onnx.py

fuzz: ## run each fuzzer for FUZZ_SECONDS
	@deploy/install-packages.sh build clang
	@$(SUBMAKE) BUILD=build/fuzz CC=clang \
		SANITIZE=fuzzer-no-link,address,undefined WERROR= CFLAGS='-O1 -g' CORE_OPT=-O1 fuzzers
	@for name in $(FUZZERS); do \
		mkdir -p build/fuzz/corpus/$$name tests/fuzz/corpus/$$name; \
		echo "$$name, $(FUZZ_SECONDS) s"; \
		build/fuzz/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/$$name- \
			build/fuzz/corpus/$$name tests/fuzz/corpus/$$name > build/fuzz/$$name.log 2>&1 \
			|| { tail -50 build/fuzz/$$name.log; exit 1; }; \
	done

bench: ## the speed of the core beside its peers; a part of it: BENCH='--rows 506'
	@deploy/install-packages.sh build bench
	@$(SUBMAKE) all $(BENCHES:%=$(BUILD)/bench/%)
	@$(BENCH_PYTHON) -B tests/bench/bench.py --build=$(BUILD) $(BENCH)

accuracy: all ## how well trainings predict: the sets in DATA, SPLITS splits of each
	@python3 -B tests/accuracy/accuracy.py --data=$(DATA) --splits=$(SPLITS)

test-docker: ## build the image and use it through a Docker engine
	@deploy/install-packages.sh docker
	@tests/docker/test_docker.sh

# From here on: files.
build/ui/installed: PIP_FLAGS := --no-deps
build/clients/installed build/onnx/installed build/ui/installed: \
		build/%/installed: tests/%/requirements.txt
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r $<
	@touch $@

$(BUILD)/backpropd: $(MAIN_OBJ) $(BUILD)/libserver.a $(CORE)
	$(CC) $(CFLAGS) $(LINK) $(LINK_CORE) $(LDFLAGS) -o $@ $^ $(LIBS)

$(CORE_PLAIN): $(CORE_OBJ) $(BUILD)/sources
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SHARE) $(LDFLAGS) -o $@ $(CORE_OBJ) -lm

$(CORE_LEVELS): $(BUILD)/$(CORE_DIR)/glibc-hwcaps/%/$(CORE_SO): $(CORE_SRC) $(wildcard core/*.h) \
		$(BUILD)/flags $(BUILD)/sources | $(BUILD)/toolchain
	@mkdir -p $(@D)
	$(COMPILE_CORE) -march=$* $(LEVEL_FLAGS_$*) -DCORE_BUILD='"$*"' $(SHARE) $(LDFLAGS) \
		-o $@ $(CORE_SRC) -lm

$(BUILD)/libcore.a: $(CORE_OBJ)
$(BUILD)/libserver.a: $(SERVER_OBJ)
$(BUILD)/libcore.a $(BUILD)/libserver.a: $(BUILD)/sources
	@rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

tests: $(BUILD)/tests/core.bin $(BUILD)/tests/server.bin $(FAULTS) \
	$(FUZZERS:%=$(BUILD)/tests/fuzz/%.bin)

$(BUILD)/tests/core.bin: $(CORE_TESTS_OBJ) $(BUILD)/libcore.a $(BUILD)/sources
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CORE_TEST_LIBS)

$(BUILD)/tests/server.bin: $(SERVER_TESTS_OBJ) $(BUILD)/libserver.a $(BUILD)/libcore.a \
		$(BUILD)/sources
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcriterion $(LIBS)

$(BUILD)/tests/faults/%.so: tests/faults/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -std=c11 -D_GNU_SOURCE $(WARN) $(WERROR) -fPIC -shared $(LDFLAGS) \
		-o $@ $< -ldl -lpthread

# Programs of the contest, each with what it has in common with the others.
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))
$(BUILD)/bench/peer_fann: $(BUILD)/tests/bench/contest.o
$(BUILD)/bench/peer_fann: LIBS := -ldoublefann -lm
$(BENCHES:%=$(BUILD)/bench/%): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LINK) $(LINK_CORE) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/bench/bare: LIBS := -lmicrohttpd
$(BUILD)/bench/jansson: LIBS := -ljansson -lm
$(BUILD)/bench/jansson: $(CORE)
$(filter-out %/peer_fann %/bare %/jansson,$(BENCHES:%=$(BUILD)/bench/%)): \
	$(BUILD)/tests/bench/contest.o \
	$(BUILD)/tests/bench/descent.o $(BUILD)/libserver.a $(CORE)

# The same targets without a fuzzer, over the files that they are given.
$(FUZZERS:%=$(BUILD)/tests/fuzz/%.bin): %.bin: %.o $(BUILD)/tests/fuzz/replay.o \
		$(BUILD)/libserver.a $(BUILD)/libcore.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

fuzzers: $(FUZZERS:%=$(BUILD)/%)
$(FUZZERS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libserver.a $(BUILD)/libcore.a
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS) $(HARDEN) -MMD -MP
COMPILE_CORE = $(CC) $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(CORE_FLAGS) -I. $(WARN) $(WERROR)

$(BUILD)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(COMPILE_CORE) -MMD -MP -DCORE_BUILD='"$(CORE_BUILD)"' -c -o $@ $<

$(BUILD)/server/%.o: server/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(SERVER_FLAGS) $(WARN) $(WERROR) -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(TEST_FLAGS) $(TEST_WARN) $(WERROR) -c -o $@ $<

$(BUILD)/gen/schema.o $(BUILD)/gen/core_text.o $(BUILD)/gen/openapi.o $(BUILD)/gen/ui.o: \
		%.o: %.c
	$(COMPILE) $(SERVER_FLAGS) $(WARN) $(WERROR) -c -o $@ $<

$(BUILD)/gen/onnx.pb-c.o: $(BUILD)/gen/onnx.pb-c.c
	$(COMPILE) $(SERVER_FLAGS) -c -o $@ $<

# The messages of ONNX, from the definition that it comes with.
$(BUILD)/gen/onnx.pb-c.c: $(wildcard $(ONNX_PROTO)) | $(BUILD)/toolchain
	@mkdir -p $(@D)
	protoc-c --proto_path=$(dir $(ONNX_PROTO)) --c_out=$(@D) $(notdir $(ONNX_PROTO))

$(filter $(BUILD)/server/api/export/%,$(SERVER_OBJ)): | $(BUILD)/gen/onnx.pb-c.c

# The file $$f as an array of characters, $$n: no limit on a literal's length, nothing to escape.
AS_ARRAY = echo "static const char $$n[] = { /* $$f */"; \
	od -An -v -tx1 $$f | sed "s/ *\([0-9a-f][0-9a-f]\)/'\\\\x\1',/g"; echo "0};"

$(BUILD)/gen/schema.c: $(SCHEMA) $(BUILD)/sources
	@mkdir -p $(@D)
	@{ echo '#include "store/db/schema_steps.h"'; \
	for f in $(SCHEMA); do \
		n=step_$$(basename $$f .sql | tr -c 'a-zA-Z0-9\n' _); $(AS_ARRAY); names="$$names $$n,"; \
	done; \
	echo "const char *const schema_steps[] = {$$names 0};"; } > $@

$(BUILD)/gen/core_text.c: $(CORE_TEXT) $(BUILD)/sources
	@mkdir -p $(@D)
	@{ echo '#include "api/export/core_text.h"'; \
	for f in $(CORE_TEXT); do \
		n=text_$$(echo $$f | tr -c 'a-zA-Z0-9\n' _); $(AS_ARRAY); \
		rows="$$rows {\"$$f\", $$n},"; \
	done; \
	echo "const CoreText core_texts[] = {$$rows {0, 0}};"; } > $@

$(BUILD)/gen/openapi.json: $(OPENAPI) schema/openapi_json.py Makefile | $(BUILD)/toolchain
	@mkdir -p $(@D)
	$(PYTHON) -B schema/openapi_json.py $(VERSION) < $(OPENAPI) > $@

$(BUILD)/gen/openapi.c: $(BUILD)/gen/openapi.json
	@{ echo '#include "api/openapi.h"'; f=$<; n=json; $(AS_ARRAY); \
	echo "const char *const openapi_json = json;"; \
	echo "const char *const openapi_digest = \"$$(sha256sum $$f | cut -c1-64)\";"; } > $@

$(BUILD)/gen/ui.c: $(UI) $(BUILD)/sources | $(BUILD)/toolchain
	@mkdir -p $(@D)/ui
	@{ echo '#include "api/ui_files.h"'; \
	for f in $(UI); do \
		name=$$(basename $$f); c=$$(echo $$name | tr -c 'a-zA-Z0-9\n' _); \
		digest=$$(sha256sum $$f | cut -c1-64); \
		n=plain_$$c; $(AS_ARRAY); \
		gzip -9nc $$f > $(@D)/ui/$$name.gz; f=$(@D)/ui/$$name.gz; n=gzip_$$c; $(AS_ARRAY); \
		rows="$$rows {\"$$name\", \"$$digest\", plain_$$c, sizeof plain_$$c - 1,"; \
		rows="$$rows gzip_$$c, sizeof gzip_$$c - 1},"; \
	done; \
	echo "const UiFile ui_files[] = {$$rows {0}};"; } > $@

# What the objects were compiled with and from: another compiler, flag or list of files
# rebuilds what it concerns, and never mixes with what was there.
export FLAGS_NOW = $(CC) $(CPPFLAGS) $(CFLAGS) $(HARDEN) $(LINK) $(LINK_CORE) $(SHARE) $(LDFLAGS) \
	$(CORE_FLAGS) $(CORE_BUILD) $(LEVELS) $(SERVER_FLAGS) $(WARN) $(WERROR) $(LIBS)
export SOURCES_NOW = $(CORE_SRC) $(SERVER_SRC) $(CORE_TESTS) $(SERVER_TESTS) $(SCHEMA) \
	$(CORE_TEXT) $(UI)

$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS_NOW" | cmp -s - $@ || printf '%s\n' "$$FLAGS_NOW" > $@

$(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$SOURCES_NOW" | cmp -s - $@ || printf '%s\n' "$$SOURCES_NOW" > $@

# Says in one line what is missing, before the compiler says it in a hundred.
$(BUILD)/toolchain: $(BUILD)/flags
	@{ for h in stdlib microhttpd jansson sqlite3 gnutls/gnutls zlib protobuf-c/protobuf-c; do \
		echo "#include <$$h.h>"; \
	done | $(CC) $(CPPFLAGS) -E -xc - && protoc-c --version && ls $(ONNX_PROTO) $(DYGRAPHS) \
		&& $(PYTHON) -c 'import yaml'; } \
		> /dev/null 2> $@.log \
		|| { sed -n '/error\|not found\|No such/p' $@.log >&2; \
			echo "A compiler or header is missing: run 'make deps' (Debian), then 'make'." >&2; \
			exit 1; }
	@touch $@

$(ALL_OBJ) $(BENCH_OBJ) $(FUZZ_OBJ): $(BUILD)/flags | $(BUILD)/toolchain

-include $(ALL_OBJ:.o=.d) $(BENCH_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d)
