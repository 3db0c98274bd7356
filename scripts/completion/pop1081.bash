# Completion for bash. What there is to complete is read from --help, so it is
# always that of the installed program; what a placeholder in capitals stands
# for (a directory, a file) is known here.
# bash-completion loads this file by itself; without it: source pop1081.bash

# The users of the directory that the line names.
_pop1081_users() {
    local directory=Users i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i - 1]} == @(-u|--users) ]] && directory=${COMP_WORDS[i]}
    done
    (cd "$directory" 2>/dev/null && compgen -f -X '.*')
}

_pop1081() {
    local program=$1 current=$2 previous=$3 command='' help commands words placeholder at
    COMPREPLY=()
    help=$("$program" --help 2>/dev/null) || return
    # "pop1081 inetd [options]": a word in lower case after the name.
    commands=$(sed -nE 's/^(Usage:)? *pop1081 ([a-z]+).*/\2/p' <<<"$help")
    # Options may stand before the command.
    for ((at = 1; at < COMP_CWORD; at++)); do
        grep -qxF -e "${COMP_WORDS[at]}" <<<"$commands" || continue
        command=${COMP_WORDS[at]}
        help=$("$program" "$command" --help 2>/dev/null) || return
        break
    done

    # "    -u, --users DIR", or in the description of another: the option before may want a word.
    placeholder=
    [[ $previous == -* ]] &&
        placeholder=$(grep -oE -e "(^|[ [|])$previous(, --[a-z-]+)? [A-Z0-9|]+(:P)?" <<<"$help" 2>/dev/null)
    placeholder=${placeholder%%$'\n'*}
    placeholder=${placeholder##* }
    case $placeholder in
        DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
        FILE) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
        ?*) return ;;
    esac

    words=$(grep -oE -e '--[a-z][a-z-]*' <<<"$help" | sort -u)
    if [[ $current != -* ]]; then
        words=
        [[ -z $command ]] && words=$commands
        # "pop1081 user add [options] NAME"
        if [[ -n $command ]] && ((COMP_CWORD == at + 1)); then
            words=$(sed -nE "s/^(Usage:)? *pop1081 $command ([a-z]+).*/\2/p" <<<"$help")
        fi
        if [[ -z $words ]] && grep -qE "pop1081 $command .*(USER|NAME)" <<<"$help"; then
            words=$(_pop1081_users)
        fi
    fi
    # "pop1081 transcripts [--csv] DIR"
    if [[ $current != -* && -z $words ]] && grep -qE "pop1081 $command .*DIR$" <<<"$help"; then
        mapfile -t COMPREPLY < <(compgen -d -- "$current") && return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _pop1081 pop1081
