# layers.awk: who imports whom, and is every import a step down?
#
# Usage: awk -f layers.awk -v crate=NAME SRC/lib.rs SRC/main.rs SRC/…
#
# The map is the text block in the head of lib.rs, one line per layer:
#
#     //!   top   main
#     //!     1    command reply
#     //!     0    limits
#     //!   beside grade: options exit
#
# A file may import from lower layers only. Files of one directory module
# (src/maildrop/*) may import each other as long as no cycle comes of it.
# Test modules are not looked at.
# A "unit" below is a file's module path: "users", "maildrop", "maildrop/lock".

BEGIN    { TOP = 1000 }
FNR == 1 { start_file(FILENAME) }
         { read_line($0) }
END      { finish() }

# ---- reading -------------------------------------------------------------

function start_file(path,    unit) {
    unit = path
    sub(/^.*\/src\//, "", unit)
    sub(/^src\//, "", unit)
    sub(/\.rs$/, "", unit)
    sub(/\/mod$/, "", unit)
    if (unit ~ /(^|\/)tests(\/|$)/) { here = ""; return }
    here = unit
    file_of[unit] = path
    order[++units] = unit
    skip_until = ""; test_next = 0
    map_open = 0
}

function read_line(line,    indent) {
    if (here == "") return
    if (here == "lib" && line ~ /^\/\/!/) { read_map(line); return }
    if (skip_until != "") { if (line == skip_until) skip_until = ""; return }
    if (line ~ /^[ ]*#\[cfg\(test\)\]/) { test_next = 1; return }
    if (test_next && line ~ /^[ ]*(pub(\([a-z]+\))? )?mod [a-z_0-9]+ *\{/) {
        indent = line; sub(/[^ ].*/, "", indent)
        if (line !~ /\}[ ]*$/) skip_until = indent "}"
        test_next = 0
        return
    }
    if (test_next && line !~ /^[ ]*#\[/) {
        test_next = 0
        if (line ~ /^[ ]*(use|mod) .*;[ ]*$/) return
    }
    text[here] = text[here] " " without_comment(line)
}

# Cuts strings and a trailing // comment; neither holds imports.
function without_comment(line) {
    gsub(/\\\\/, "", line)
    gsub(/\\"/, "", line)
    gsub(/'"'/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    sub(/\/\/.*/, "", line)
    return line
}

function read_map(line,    words, count, i, layer) {
    sub(/^\/\/! ?/, "", line)
    if (line ~ /^[ ]*```text/) { map_open = 1; return }
    if (line ~ /^[ ]*```/) { map_open = 0; return }
    if (!map_open) return
    gsub(/[{(][^})]*[})]|:/, " ", line)
    count = split(line, words, /[ ,\/]+/)
    i = words[1] == "" ? 2 : 1
    if (words[i] == "beside") { read_beside(words, i, count); return }
    if (words[i] !~ /^([0-9]+|top)$/) return
    layer = words[i] == "top" ? TOP : words[i] + 0
    while (++i <= count) if (words[i] ~ /^[a-z_0-9]+$/) layer_of[words[i]] = layer
    map_lines++
}

# "beside grade options exit": grade imports these and nothing else, whatever
# their layers are; only the top layer imports grade.
function read_beside(words, i, count,    who) {
    who = words[i + 1]
    layer_of[who] = TOP - 1
    beside[who] = 1
    for (i += 2; i <= count; i++) if (words[i] ~ /^[a-z_0-9]+$/) granted[who, words[i]] = 1
}

# ---- finding paths -------------------------------------------------------

function finish(    i) {
    if (!map_lines) complain("src/lib.rs: no map of the layers in its head")
    for (i = 1; i <= units; i++) check_placed(order[i])
    for (i = 1; i <= units; i++) note_children(order[i])
    for (i = 1; i <= units; i++) collect(order[i])
    for (i = 1; i <= units; i++) check_unit(order[i])
    for (i in layer_of)
        if (!(i in file_of)) complain("src/lib.rs: the map names " i ", but there is no such file")
    find_cycles()
    if (!wrong) printf "layers: %d files, %d imports, each a step down\n", units, edges
    exit wrong ? 1 : 0
}

function check_placed(unit) {
    if (unit != "lib" && !(head(unit) in layer_of))
        complain(file_of[unit] ": " head(unit) " has no layer on the map in src/lib.rs")
}

# "mod lock;" makes lock:: a path to a child.
function note_children(unit,    rest, name) {
    rest = text[unit]
    while (match(rest, /(^|[^a-z_0-9])mod [a-z_0-9]+ *;/)) {
        name = substr(rest, RSTART, RLENGTH)
        sub(/^.*mod /, "", name); sub(/ *;$/, "", name)
        child[unit, name] = 1
        rest = substr(rest, RSTART + RLENGTH)
    }
}

# Takes the use declarations apart into single paths, then looks for paths
# spelled out in the rest of the code.
function collect(unit,    rest, tree, trees, public, count, i) {
    rest = text[unit]
    body = ""
    while (match(rest, /(^|[^A-Za-z_0-9])(pub(\([a-z]+\))? )?use [^;]*;/)) {
        tree = substr(rest, RSTART, RLENGTH)
        body = body " " substr(rest, 1, RSTART - 1)
        rest = substr(rest, RSTART + RLENGTH)
        public[++count] = tree ~ /^[^A-Za-z]?pub/
        sub(/^.*use /, "", tree); sub(/;$/, "", tree)
        gsub(/ as [A-Za-z_0-9]+/, "", tree)
        gsub(/[ \t]+/, "", tree)
        trees[count] = tree
    }
    body = body " " rest " "
    for (i = 1; i <= count; i++) {
        only_shown = public[i]
        flatten(unit, "", trees[i])
    }
    inline_paths(unit, body)
}

# a::{b, c::{d, e}}  becomes  a::b, a::c::d, a::c::e
function flatten(unit, prefix, tree,    depth, i, c, part) {
    depth = 0; part = ""
    for (i = 1; i <= length(tree); i++) {
        c = substr(tree, i, 1)
        if (c == "{") depth++
        if (c == "}") depth--
        if (c == "," && depth == 0) { branch(unit, prefix, part); part = "" }
        else part = part c
    }
    branch(unit, prefix, part)
}

function branch(unit, prefix, part,    at) {
    if (part == "") return
    at = index(part, "{")
    if (at) flatten(unit, prefix substr(part, 1, at - 1), substr(part, at + 1, length(part) - at - 1))
    else if (!reexport(unit, prefix part)) add_path(unit, prefix part)
}

# What a mod.rs imports from its children can be named through it. Only
# showing it to others ("pub use lock::Lock;") is not an import; using it is.
function reexport(unit, path,    words, count) {
    sub(/^self::/, "", path)
    count = split(path, words, "::")
    if (count != 2 || !((unit, words[1]) in child)) return 0
    owner[unit, words[2]] = unit "/" words[1]
    return only_shown && body !~ ("[^A-Za-z_0-9]" words[2] "[^A-Za-z_0-9]")
}

function inline_paths(unit, body,    path, before) {
    while (match(body, /[A-Za-z_][A-Za-z_0-9]*(::[A-Za-z_][A-Za-z_0-9]*)+/)) {
        path = substr(body, RSTART, RLENGTH)
        before = RSTART > 2 ? substr(body, RSTART - 2, 2) : ""
        if (before != "::") add_path(unit, path)
        body = substr(body, RSTART + RLENGTH)
    }
}

function add_path(unit, path) { paths[unit, ++path_count[unit]] = path }

# ---- judging -------------------------------------------------------------

function check_unit(unit,    i) {
    if (unit == "lib") return
    for (i = 1; i <= path_count[unit]; i++) judge(unit, paths[unit, i])
}

function judge(unit, path,    target, words) {
    target = resolve(unit, path)
    if (target == "" || target == unit) return
    if (!((unit, target) in seen)) { seen[unit, target] = 1; edge[unit, ++degree[unit]] = target; edges++ }
    else return
    if (target == "lib") { complain(file_of[unit] ": " path " is defined in the map itself, src/lib.rs"); return }
    if (head(unit) == head(target)) return
    if (head(unit) in beside && !((head(unit), head(target)) in granted))
        complain(file_of[unit] " imports " path ", which the map does not grant " head(unit))
    if (layer_of[head(target)] >= layer_of[head(unit)])
        complain(file_of[unit] " (layer " layer_name(unit) ") imports " path " (layer " layer_name(target) ")")
}

# The unit that a path leads to, or "" when it leads out of the crate.
function resolve(unit, path,    words, count, i, at) {
    count = split(path, words, "::")
    i = 1
    if (words[1] == "crate" || words[1] == crate) { at = ""; i = 2 }
    else if (words[1] == "super") {
        at = unit
        while (words[i] == "super") { at = parent(at); i++ }
    }
    else if (words[1] == "self") { at = unit; i = 2 }
    else if ((unit, words[1]) in child) at = unit == "main" ? "" : unit
    else return ""
    while (i <= count && ((at == "" ? words[i] : at "/" words[i]) in file_of)) {
        at = at == "" ? words[i] : at "/" words[i]
        i++
    }
    if (at == "") return words[i] == "*" || i > count ? "" : "lib"
    if (at != unit && i <= count && (at, words[i]) in owner) return owner[at, words[i]]
    return at
}

function parent(unit) { return sub(/\/[^\/]*$/, "", unit) ? unit : "" }
function head(unit) { sub(/\/.*/, "", unit); return unit }
function layer_name(unit,    layer) {
    layer = layer_of[head(unit)]
    return layer == TOP ? "top" : layer
}

# ---- cycles -------------------------------------------------------------

function find_cycles(    i) {
    for (i = 1; i <= units; i++) if (!colour[order[i]]) walk(order[i], order[i])
}

function walk(unit, trail,    i, next_unit) {
    colour[unit] = "open"
    for (i = 1; i <= degree[unit]; i++) {
        next_unit = edge[unit, i]
        if (colour[next_unit] == "open") complain("a cycle: " from(next_unit, trail) " -> " next_unit)
        else if (!colour[next_unit]) walk(next_unit, trail " -> " next_unit)
    }
    colour[unit] = "done"
}

# The part of the trail that begins at this unit.
function from(unit, trail) {
    return substr(trail, index(" -> " trail " -> ", " -> " unit " -> "))
}

function complain(words) { print "layers: " words; wrong++ }
