"""One source that holds all its mutants: each function once for each change that is made in it.

    static int next__0(int i) { return i + 1; }          as it is
    static int next__7(int i) { return i - 1; }          mutant 7
    int next(int i)
    {
        switch (mutant_chosen) {
        case 7: return next__7(i);
        default: return next__0(i);
        }
    }

So a campaign compiles each file once, links each program once, and starts it with MUTANT=7. The
program limits itself to MUTANT_MS of CPU and MUTANT_BYTES of memory: a mutant may never end.
"""

import re
import subprocess

CHOSEN = "extern int mutant_chosen;\n"

# Runs before the constructors that choose a table.
CHOOSER = r"""
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>

int mutant_chosen;

static unsigned long number(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor(101))) static void choose(void)
{
    unsigned long ms = number("MUTANT_MS"), bytes = number("MUTANT_BYTES");
    struct itimerval end = {.it_value = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};
    struct rlimit none = {0, 0}, most = {bytes, bytes};

    mutant_chosen = (int)number("MUTANT");
    setrlimit(RLIMIT_CORE, &none);
    if (bytes > 0)
        setrlimit(RLIMIT_AS, &most);
    setitimer(ITIMER_PROF, &end, NULL);
}
"""


def renamed(owner, text, number):
    """The owner's text under another name, seen by this file alone."""
    at = owner.name_at - owner.start
    text = f"{text[:at]}{owner.name}__{number}{text[at + len(owner.name):]}"
    return text if text.startswith("static") else f"static {text}"


def copies(owner, whole, numbered):
    """The original and every mutant, so named in the compiler's complaints."""
    yield f'#line 1 "mutant-0"\n{renamed(owner, whole[owner.start:owner.end], 0)}'
    for number, mutant in numbered:
        changed = whole[owner.start:mutant.start] + mutant.text + whole[mutant.end:owner.end]
        yield f'#line 1 "mutant-{number}"\n{renamed(owner, changed, number)}'


def function_of(owner, whole, numbered):
    header = whole[owner.start:owner.body_at].strip()
    arguments = ", ".join(owner.parameters)
    cases = "".join(f"    case {number}: return {owner.name}__{number}({arguments});\n"
                    for number, _ in numbered)
    return "\n".join([
        f"{header};", *copies(owner, whole, numbered), header,
        f"{{\n    switch (mutant_chosen) {{\n{cases}"
        f"    default: return {owner.name}__0({arguments});\n    }}\n}}\n"])


def table_of(owner, whole, numbered):
    """An array becomes a pointer to the one that is chosen."""
    name = owner.name
    cases = "".join(f"    case {number}: {name} = {name}__{number}; return;\n"
                    for number, _ in numbered)
    return "\n".join([
        *(f"{copy};" for copy in copies(owner, whole, numbered)),
        f"static __typeof__(&{name}__0[0]) {name};",
        f"__attribute__((constructor)) static void {name}__choose(void)",
        f"{{\n    switch (mutant_chosen) {{\n{cases}    default: {name} = {name}__0;\n    }}\n}}\n"])


def source_of(whole, numbered):
    """@numbered are all mutants of one file, as (number, mutant)."""
    owners = {}
    for number, mutant in numbered:
        owners.setdefault(mutant.owner, []).append((number, mutant))
    parts, at = [CHOSEN], 0
    for owner in sorted(owners, key=lambda owner: owner.start):
        kind = table_of if owner.body_at is None else function_of
        parts += [whole[at:owner.start], kind(owner, whole, owners[owner])]
        # What is left of a table is its semicolon.
        at = owner.end
    return "".join([*parts, whole[at:]])


def compile_variants(compiler, whole, numbered, source, target):
    """Compile; the numbers of the mutants that are no C, and so were left out."""
    invalid = set()
    while True:
        kept = [(number, mutant) for number, mutant in numbered if number not in invalid]
        source.write_text(source_of(whole, kept), encoding="utf-8")
        done = subprocess.run([*compiler, "-c", str(source), "-o", str(target)],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return invalid
        wrong = {int(number) for number in re.findall(r"^mutant-(\d+):.*error:", done.stderr,
                                                      re.MULTILINE)} - {0}
        if not wrong:
            raise SystemExit(f"mutate.py: {source} does not compile:\n{done.stderr[:4000]}")
        invalid |= wrong
