# Fuzzing.  A target is a program of clang's libFuzzer, one for each .c of this
# folder; what it needs of the module, and of nginx in lib/, is taken from an
# archive of all.  Grown corpora are kept in build/fuzz/corpus.

SECONDS := 60
FUZZ ?= $(fuzz_targets)
CLANG ?= clang

fuzz_targets := $(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/*.c))
fuzz_programs := $(fuzz_targets:%=build/fuzz/%)
fuzz_objs := $(patsubst %.c,build/fuzz/objs/%.o,\
    $(wildcard ngx_faas_grip/*/ngx_grip_*.c) $(wildcard t/fuzz/lib/*.c) \
    $(wildcard ngx_faas_grip/action/*.c) \
    $(wildcard ngx_faas_grip/function/ngx_http_grip_function_*.c) \
    $(wildcard ngx_faas_grip/request/ngx_http_grip_headers.c) \
    $(wildcard ngx_faas_grip/request/ngx_http_grip_last_id.c) \
    ngx_faas_grip/connection/ngx_http_grip_connection.c)

# trace-pc counts the edges that are passed, in lib/fuzz.c: what the library has
# of that only says that it is no longer used

fuzz_sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_flags = -g -O1 -Wall -Wextra -Werror -MMD -MP $(fuzz_sanitize) \
    -Wno-unused-parameter -fno-omit-frame-pointer -fno-builtin-memcmp \
    -Ingx_faas_grip -It/fuzz $(unit_includes) \
    $(patsubst %,-isystem $(tree)/src/http%,/ /modules /v2 /v3)
fuzz_traced := -fsanitize=fuzzer-no-link \
    -fsanitize-coverage=trace-pc,inline-8bit-counters,pc-table,trace-cmp

.PHONY: fuzz fuzz-http

fuzz: $(fuzz_programs)  ## fuzz each target, or FUZZ=NAMES, SECONDS=n each
	@t/fuzz/run $(SECONDS) $(FUZZ)

fuzz-http:  ## fuzz all of the module, under sanitizers, SECONDS=n SEED=n
	@FUZZ_HTTP_SECONDS='$(SECONDS)' FUZZ_HTTP_SEED='$(SEED)' \
	    $(MAKE) --no-print-directory BUILD=asan TESTS=t/fuzz/http.t prove

$(fuzz_programs): build/fuzz/%: t/fuzz/%.c build/fuzz/module.a \
    $(tree)/origin | $(objs)/Makefile
	@echo 'CC $@'
	$(if $(V),,@)$(CLANG) $(fuzz_flags) -fsanitize=fuzzer -MF $@.d -o $@ $< \
	    -Wl,--wrap=__sanitizer_cov_trace_pc \
	    build/fuzz/objs/t/fuzz/lib/fuzz.o build/fuzz/module.a \
	    -ljansson -lssl -lcrypto -lm

build/fuzz/module.a: $(fuzz_objs)
	@rm -f $@ && ar rcs $@ $^

build/fuzz/objs/%.o: %.c $(tree)/origin | $(objs)/Makefile
	@mkdir -p $(@D)
	@echo 'CC $@'
	$(if $(V),,@)$(CLANG) $(fuzz_flags) \
	    $(if $(filter ngx_faas_grip/%,$<),$(fuzz_traced)) -c -o $@ $<

-include $(wildcard build/fuzz/*.d build/fuzz/objs/*/*/*.d)
