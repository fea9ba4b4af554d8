# make help lists the targets.  Variables:
#
#   NGINX_SRC=DIR     nginx source to build against, the package nginx-dev by
#                     default
#   NGINX_CONFIGURE=  arguments of its configure
#   STATIC=1          link the module into build/nginx (needs full sources)
#   BUILD=asan        an nginx of our own as well, with AddressSanitizer and
#                     UndefinedBehaviorSanitizer, from the source package of
#                     this machine's Debian, unless NGINX_SRC has another
#   BUILD=canary      one that looks for foreign memory in what it sends
#   BUILD=coverage    one that counts which lines have run, for "make coverage"
#   NGINX_BIN=PROGRAM the nginx that tests, demo and install use
#   TESTS=FILES       what "make test" runs, files or folders of t/
#   JOBS=N            test files at a time
#   SECONDS=N         how long "make fuzz" runs each of its programs, and
#                     "make fuzz-http" its clients
#   SEED=N            what "make fuzz-http" sends, as it says itself
#   FUZZ=NAMES        what "make fuzz" runs, programs of t/fuzz
#   MINUTES=N         how long "make soak" runs
#   PAIRS=NAMES       what "make matrix" runs
#   SUITES=NAMES      the Debians of "make package", bookworm and trixie
#   QUICK=1           "make bench" in five minutes instead of ten
#   CASES=NAMES       what it measures
#   BENCH_PORT=N      the first of the ports that it takes
#   V=1               show the commands of the compiler
#   PORT=, NGINX_PORT=, CONTROL_PORT=  where the demo listens
#   LISTEN=ADDRESS    at which address, 0.0.0.0 for browsers on other machines

SHELL = /bin/bash
.DEFAULT_GOAL = all

ifeq ($(filter-out asan canary coverage,$(BUILD)),)
build := build$(BUILD:%=/%)
else
$(error BUILD is asan, canary, coverage or nothing, not $(BUILD))
endif

# what looks at the memory of the module has to be linked with it, and what
# counts its lines is to fail allocations, too

ifneq ($(filter canary coverage,$(BUILD)),)
override STATIC := 1
endif

NGINX_SRC ?= $(if $(BUILD),$(CURDIR)/build/source/nginx,/usr/share/nginx/src)
NGINX_CONFIGURE ?= $(if $(wildcard $(NGINX_SRC)/conf_flags),,$(configure_args))
JOBS ?= 2
MINUTES ?= 30
PORT ?= 7999
NGINX_PORT ?= 8080
CONTROL_PORT ?= 5561
LISTEN ?= 127.0.0.1

name := ngx_http_faas_grip_module
mode := $(if $(STATIC),static,dynamic)
tree := $(build)/$(mode)
objs := $(tree)/objs

ifeq ($(STATIC),)
product := $(build)/$(name).so
goal := $(if $(BUILD),binary )modules
add_module := --add-dynamic-module
NGINX_BIN ?= $(if $(BUILD),$(CURDIR)/$(objs)/nginx,$(or \
    $(shell PATH="$$PATH:/usr/sbin" command -v nginx),nginx))
module := $(CURDIR)/$(product)
else
product := $(build)/nginx
goal := binary
add_module := --add-module
NGINX_BIN ?= $(CURDIR)/$(product)
module :=
endif

# paths that make, the shell, or nginx's configure would take apart

nothing :=
comma := ,
oddities := ' " ` \# $$ % & * : ; < = > ? [ \ ] ( | )
odd = $(firstword $(if $(findstring $(nothing) $(nothing),$1)$(filter-out 1,\
    $(words $1)),blank) $(foreach char,$(oddities),$(findstring $(char),$1)))

ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),all)),)
ifneq ($(call odd,$(CURDIR)),)
$(error The path of this folder has a character that make, the shell or \
    nginx's configure cannot handle ($(call odd,$(CURDIR))): $(CURDIR))
endif
ifneq ($(call odd,$(NGINX_SRC)),)
$(error NGINX_SRC has a character that make, the shell or nginx's configure \
    cannot handle ($(call odd,$(NGINX_SRC))): $(NGINX_SRC))
endif
endif

# what the tests use, beyond what is ours

configure_args := --with-compat --with-debug --with-threads \
    --with-http_ssl_module --with-http_v2_module --with-http_realip_module \
    --with-http_auth_request_module --with-http_sub_module \
    --with-http_addition_module --with-http_gunzip_module \
    --with-http_stub_status_module --with-http_slice_module

configure_cc := $(if $(filter-out default undefined,$(origin CC)),\
    --with-cc=$(CC))
configure_cc_opt := -g -O2 -fPIC -fstack-protector-strong -Wformat \
    -Werror=format-security -D_FORTIFY_SOURCE=2
configure_ld_opt := -Wl,-z,relro -Wl,-z,now

# Pools that are no pools, so that whatever is beyond an allocation is nobody's.
# The keys that the module reads, loaded or linked in, are known to t/nginx.

ifneq ($(BUILD),)
sanitize_asan := -fsanitize=address,undefined -fno-omit-frame-pointer -O1
sanitize_canary := -O2
sanitize_coverage := --coverage -fprofile-filter-files=ngx_faas_grip/ -O0
sanitize := $(sanitize_$(BUILD))
configure_cc_opt := -g -fPIC $(sanitize) -DNGX_DEBUG_PALLOC=1
configure_ld_opt := $(sanitize) $(CURDIR)/$(build)/options.o \
    -Wl,--wrap=ngx_grip_key_text_read
configure_test := --add-module=$(CURDIR)/t/nginx
endif

# make reads itself again once it is there

ifeq ($(if $(BUILD),$(NGINX_SRC)),$(CURDIR)/build/source/nginx)
ifneq ($(filter-out help clean test,$(or $(MAKECMDGOALS),all)),)
include build/source/nginx.mk
endif
endif

build/source/nginx.mk:
	@t/setup source
	@touch $@

# The flags of all objects, and the folder: they and the links to the source of
# nginx are made anew when it changes.  A package's files may be older than the
# objects that were made with those before.

nginx_src_sum := $(shell cd $(NGINX_SRC) 2> /dev/null && \
    { find -L auto src -name '*.h' | LC_ALL=C sort | xargs cat; \
      cat conf_flags; } 2> /dev/null | cksum)
origin := $(CURDIR) $(NGINX_SRC) $(nginx_src_sum) $(NGINX_CONFIGURE) \
    $(configure_cc) $(configure_cc_opt) $(configure_ld_opt) $(configure_test)

sources := $(sort $(wildcard ngx_faas_grip/*.[ch] ngx_faas_grip/*/*.[ch] \
    $(if $(BUILD),t/nginx/*.[ch])))

deb_sources := CHANGELOG.md LICENSE README.md config debian demo docs \
    ngx_faas_grip

unit_sources := $(wildcard t/unit/*.c)
unit_tests := $(foreach char,signed unsigned,\
    $(unit_sources:t/unit/%.c=build/unit/$(char)/%))
unit_pure := $(patsubst ngx_faas_grip/%.c,%.o,\
    $(wildcard ngx_faas_grip/*/ngx_grip_*.c))

# nginx's own folders of headers, which differ from version to version

unit_includes = $(patsubst %,-isystem $(tree)/%,$(shell sed -n \
    '/^CORE_INCS/,/^$$/s/.*-I \([^/ ][^ ]*\).*/\1/p' $(objs)/Makefile))
unit_flags = -g -O1 -Wall -Wextra -Werror -MMD -MP \
    -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer -DCORPUS='"t/corpus"' \
    -Ingx_faas_grip -It/unit $(unit_includes)

rooms := $(filter-out t/lint/ t/e2e/ $(if $(BUILD),,t/nginx/),\
    $(sort $(dir $(wildcard t/*/*.t))))


# under other builds only what has to do with nginx

ifeq ($(BUILD),)
TESTS ?= t/unit t/lint t $(rooms) t/e2e
else
TESTS ?= $(filter-out t/docs.t t/docs_testing.t t/setup.t t/build.t,\
    $(sort $(wildcard t/*.t))) $(filter-out t/fuzz/,$(rooms)) \
    t/fuzz/http.t t/e2e
endif

tests = $(foreach path,$(TESTS:/=),$(if $(filter t/unit,$(path)),\
    $(unit_tests),$(or $(sort $(wildcard $(path)/*.t)),$(path))))

bench := GRIP_MODULE='$(module)' NGINX_BIN='$(NGINX_BIN)' QUICK='$(QUICK)' bench

prove := GRIP_MODULE='$(module)' TEST_NGINX_BINARY='$(NGINX_BIN)' \
    GRIP_OBJS='$(objs)' GRIP_BUILD='$(BUILD)' \
    prove --timer --merge --failures --comments -j $(JOBS) \
    $(if $(BUILD),--exec t/sanitized)


.PHONY: all unit static static_checks coverage coverage_run test prove e2e \
    lint demo matrix soak deb package bench install help clean setup FORCE

all: $(product)  ## build the module (the default)

# a running nginx may have the old file mapped, so it is replaced, not written

$(product): $(objs)/Makefile FORCE
	@echo 'MAKE $@'
	@$(MAKE) $(if $(V),,-s) $(if $(BUILD),-j $(JOBS)) --no-print-directory \
	    -C $(tree) -f objs/Makefile $(goal)
	@cmp -s $(objs)/$(@F) $@ || \
	    { cp $(objs)/$(@F) $@.new && mv $@.new $@; }

# Objects depend on ngx_auto_config.h: it keeps its time when it is the same but
# for what "nginx -V" says, so that a new source file does not rebuild the others.
# They are the same linked in and loaded: either build begins with the objects of
# the other.

other := $(build)/$(if $(STATIC),dynamic,static)

$(objs)/Makefile: $(if $(BUILD),$(build)/options.o t/nginx/config) \
    $(tree)/inputs config $(wildcard $(NGINX_SRC)/configure)
	@test -d '$(NGINX_SRC)/auto' || { \
	    echo 'No nginx source in $(NGINX_SRC): install the package' \
	         'nginx-dev, or say NGINX_SRC=DIR.' >&2; exit 1; }
	@test -z '$(STATIC)' -o -f '$(NGINX_SRC)/src/core/nginx.c' || { \
	    echo 'STATIC=1 needs the full source of nginx, and $(NGINX_SRC)' \
	         'has headers alone: say NGINX_SRC=DIR.' >&2; exit 1; }
	@test -d $(objs) || ! test -f $(other)/objs/Makefile || \
	    ! cmp -s $(tree)/origin $(other)/origin || \
	    cp -a $(other)/objs $(tree)
	@rm -rf $(tree)/before && mkdir -p $(objs) $(tree)/before
	@test ! -f $(objs)/ngx_auto_config.h || \
	    cp -p $(objs)/ngx_auto_config.h $(objs)/ngx_auto_headers.h \
	          $(tree)/before
	@cd '$(NGINX_SRC)' && for f in *; do \
	    case $$f in objs|Makefile) ;; \
	    *) ln -sfn "$$PWD/$$f" '$(CURDIR)/$(tree)/'"$$f" ;; esac; done
	@cd $(tree) && test -e configure || ln -s auto/configure configure
	@cd $(tree) && NGX_CONF_FLAGS=() && \
	    { test ! -f conf_flags || . ./conf_flags; } && \
	    ./configure "$${NGX_CONF_FLAGS[@]}" $(NGINX_CONFIGURE) \
	        $(configure_cc) --with-cc-opt='$(configure_cc_opt)' \
	        --with-ld-opt='$(configure_ld_opt)' \
	        $(configure_test) $(add_module)='$(CURDIR)' > configure.log || \
	    { tail -n 5 configure.log >&2; rm -f objs/Makefile; exit 1; }
	@cd $(tree) && for f in ngx_auto_config.h ngx_auto_headers.h; do \
	    ! diff -q -I '^#define NGX_CONFIGURE ' before/$$f objs/$$f \
	        > /dev/null 2>&1 || touch -r before/$$f objs/$$f; done
	@cmp -s $(tree)/before/ngx_auto_config.h $(objs)/ngx_auto_config.h || \
	    rm -f $(objs)/src/core/nginx.o

build/%/options.o: t/nginx/ngx_test_options.c
	@mkdir -p $(@D)
	@echo 'CC $@'
	$(if $(V),,@)$(CC) -DREPORTS='"$(CURDIR)/$(@D)/reports/new-binary"' \
	    -Wall -Wextra -Werror -c -o $@ $<

$(tree)/inputs: $(tree)/origin FORCE
	@echo '$(sources)' | cmp -s - $@ || echo '$(sources)' > $@

$(tree)/origin: FORCE
	@echo '$(origin)' | cmp -s - $@ || \
	    { rm -rf $(tree) && mkdir -p $(@D) && echo '$(origin)' > $@; }

unit: $(unit_tests)  ## run the unit tests, under sanitizers
	@$(prove) $^

# a char has a sign here and none there

define unit_rules
$(unit_sources:t/unit/%.c=build/unit/$1/%): build/unit/$1/%: \
    t/unit/%.c $(unit_pure:%=build/unit/$1/objs/%) $(tree)/origin \
    | $(objs)/Makefile
	@echo 'CC $$@'
	$(if $(V),,@)$(CC) -f$1-char $$(unit_flags) -MF $$@.d -o $$@ $$< \
	    $(unit_pure:%=build/unit/$1/objs/%) -ljansson -lcrypto

$(unit_pure:%=build/unit/$1/objs/%): build/unit/$1/objs/%.o: \
    ngx_faas_grip/%.c $(tree)/origin | $(objs)/Makefile
	@mkdir -p $$(@D)
	@echo 'CC $$@'
	$(if $(V),,@)$(CC) -f$1-char $$(unit_flags) -c -o $$@ $$<
endef

$(foreach char,signed unsigned,$(eval $(call unit_rules,$(char))))

-include $(wildcard build/unit/*/*.d build/unit/*/objs/*/*.d)

# The findings of compilers and clang-tidy (.clang-tidy says which checks),
# without running anything.  Headers of nginx and of libraries are not ours;
# handlers have the arguments that nginx gives them, whether they need them or
# not.

static_c := $(wildcard ngx_faas_grip/*.c ngx_faas_grip/*/*.c)
static_more := $(unit_sources) $(wildcard t/lib/*.c t/fuzz/*.c bench/*.c)
static_pure := $(wildcard ngx_faas_grip/*/ngx_grip_*.c)
static_includes = -Ingx_faas_grip -It/unit $(patsubst %,-isystem $(tree)/%,\
    $(shell sed -n 's/.*-I \([^/ ][^ ]*\).*/\1/p' $(objs)/Makefile | sort -u))
static_flags = -std=gnu11 -O2 -Wall -Wextra -Wshadow -Werror \
    -Wno-unused-parameter -DCORPUS='"t/corpus"' $(static_includes)

static_done := $(foreach cc,gcc clang,\
    $(static_c:%.c=build/static/$(cc)/%.o) \
    $(static_more:%.c=build/static/$(cc)/%.o)) \
    $(static_c:%.c=build/static/tidy/%.ok)

$(static_pure:%.c=build/static/gcc/%.o) \
$(static_pure:%.c=build/static/clang/%.o): static_flags += -Wconversion

define static_rules
build/static/$1/%.o: %.c $(tree)/origin | $(objs)/Makefile
	@mkdir -p $$(@D)
	$(if $(V),,@)$1 $$(static_flags) -MMD -MP -c -o $$@ $$<
endef

$(foreach cc,gcc clang,$(eval $(call static_rules,$(cc))))

# the analyzer looks at each file for seconds, so one that did not change since
# is not looked at again

build/static/tidy/%.ok: %.c .clang-tidy build/static/clang/%.o
	@mkdir -p $(@D)
	$(if $(V),,@)clang-tidy --quiet $< -- $(static_includes) 2> $@.err || \
	    { cat $@.err >&2; exit 1; }
	@touch $@

static:  ## check with the warnings of two compilers, and clang-tidy
	@t/setup static
	@$(MAKE) --no-print-directory $(objs)/Makefile
	@$(MAKE) --no-print-directory -j $(JOBS) -k static_checks

static_checks: $(static_done)
	@echo 'gcc and clang: $(words $(static_c) $(static_more)) files,' \
	    'clang-tidy: $(words $(static_c)) files, no warnings'

-include $(wildcard build/static/*/*.d build/static/*/*/*.d \
    build/static/*/*/*/*.d)

# Which lines of the module run in tests: in the programs of t/unit, which are
# linked to the objects of nginx, and add to the same counts, and in all else
# that has an nginx, with allocations that fail.  Clients that say anything are
# left out: lines that they alone reach are those that a test should.  Workers
# add to the counts of the first one, root or not.

coverage:  ## count the lines that tests run, and list the others
	@t/setup test
	@$(MAKE) --no-print-directory BUILD=coverage coverage_run

coverage_units := $(unit_sources:t/unit/%.c=build/unit/coverage/%)
coverage_rest := $(filter-out $(unit_tests) t/fuzz/http.t,$(tests))

$(coverage_units): build/unit/coverage/%: t/unit/%.c $(product)
	@mkdir -p $(@D)
	@echo 'CC $@'
	$(if $(V),,@)$(CC) -g $(sanitize_coverage) -DCORPUS='"t/corpus"' \
	    -Ingx_faas_grip -It/unit $(unit_includes) -o $@ $< \
	    $(unit_pure:%=$(objs)/addon/%) -ljansson -lcrypto

coverage_run: $(product) $(coverage_units)
	@find build/coverage build/unit/coverage -name '*.gcda' -delete
	@chmod 1777 $(sort $(dir $(wildcard $(objs)/addon/*/*.o)))
	@status=0; umask 0; \
	prove -Q --failures $(coverage_units) || status=1; \
	$(prove) $(coverage_rest) || status=1; \
	t/coverage $(objs)/addon || status=1; \
	exit $$status

-include t/fuzz/rules.mk

test:  ## install what is missing and run all tests
	@t/setup test
	@$(MAKE) --no-print-directory prove

prove: $(product) $(if $(BUILD),,$(unit_tests)) \
    $(if $(filter t/fuzz/targets.t,$(tests)),$(fuzz_programs))
	@$(prove) $(tests)

e2e: $(product)  ## run the tests through a real Pushpin
	@$(prove) $(sort $(wildcard t/e2e/*.t))

lint: $(product)  ## check layers and style
	@$(prove) t/lint/*.t

demo:  ## install what is missing and run a chat until Ctrl-C
	@t/setup demo
	@$(MAKE) --no-print-directory $(product)
	@NGINX_BIN='$(NGINX_BIN)' GRIP_MODULE='$(module)' demo/run \
	    $(PORT) $(NGINX_PORT) $(CONTROL_PORT) $(LISTEN)

soak:  ## have clients talk while all else restarts in turn, MINUTES=30
	@t/setup test
	@$(MAKE) --no-print-directory $(product)
	@GRIP_MODULE='$(module)' TEST_NGINX_BINARY='$(NGINX_BIN)' \
	    t/soak/run $(MINUTES)

matrix:  ## run demo and tests in several Debians, PAIRS= of t/matrix or all
	@t/matrix $(PAIRS)

deb:  ## install what is missing and build Debian's package in build/deb
	@t/setup deb
	@rm -rf build/deb && mkdir -p build/deb/src
	@cp -r $(deb_sources) build/deb/src
	@cd build/deb/src && env -u MAKEFLAGS -u MAKELEVEL \
	    dpkg-buildpackage -b -us -uc
	@rm -rf build/deb/src
	@ls build/deb/*.deb

package:  ## build and try Debian's package in several Debians, SUITES= or 12 and 13
	@t/package $(SUITES)

bench:  ## install what is missing and measure the module beside others
	@t/setup bench
	@$(MAKE) --no-print-directory $(product) build/publisher build/awake.so
	@status=0; \
	$(if $(CASES),:,$(bench)/callgrind) || status=1; \
	$(bench)/run $(CASES) || status=1; \
	exit $$status

build/publisher: bench/publisher.c
	@mkdir -p $(@D)
	@echo 'CC $@'
	$(if $(V),,@)$(CC) -O2 -Wall -Wextra -Werror -o $@ $<

build/awake.so: bench/awake.c
	@mkdir -p $(@D)
	@echo 'CC $@'
	$(if $(V),,@)$(CC) -O2 -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

install: $(product)  ## install the module where nginx looks for modules
	@test -z '$(STATIC)' || { echo 'STATIC=1 builds no module.' >&2; exit 1; }
	@command -v '$(NGINX_BIN)' > /dev/null || { \
	    echo 'There is no program $(NGINX_BIN) to install the module for:' \
	         'say NGINX_BIN=PROGRAM.' >&2; exit 1; }
	@rm -f build/install.*
	@printf '%s\n' 'load_module $(module);' 'events {}' \
	    'pid $(CURDIR)/build/install.pid;' > build/install.conf
	@'$(NGINX_BIN)' -t -q -c $(CURDIR)/build/install.conf \
	    -e stderr -p $(CURDIR)/build || { \
	    echo '$(NGINX_BIN) does not load the module that was built with' \
	         'the source in $(NGINX_SRC): say NGINX_SRC=DIR for another' \
	         'source, or NGINX_BIN=PROGRAM for another nginx.' >&2; exit 1; }
	@dir=$$('$(NGINX_BIN)' -V 2>&1 | tr ' ' '\n' | awk -F= \
	    '$$1 == "--modules-path" { path = $$2 } \
	     $$1 == "--prefix" { prefix = $$2 } \
	     END { if (!prefix) prefix = "/usr/local/nginx"; \
	           print path ? path : prefix "/modules" }') && \
	install -D -m 644 $(product) "$(DESTDIR)$$dir/$(name).so" && \
	echo "Installed. To load it, put this at the top of nginx.conf:" && \
	echo && echo "    load_module $$dir/$(name).so;"

help:  ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

clean:  ## remove all that was built
	rm -rf build
