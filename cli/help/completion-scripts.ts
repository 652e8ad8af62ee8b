/**
 * The shells' side of completion. Each script hands the words up to the cursor to `k42 completion complete`, whose first line says whether
 * file names may stand there too (`paths`), and whose others are a word each, with its meaning after a tab.
 */
const bash = `# k42: completion for bash
_k42() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line kind
  local -a lines=()
  # '=' is a word of its own where it joins an option and its value.
  [[ $current == = ]] && current=
  while IFS= read -r line; do lines+=("$line"); done \\
    < <(command k42 completion complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
  kind="\${lines[0]:-words}"
  COMPREPLY=()
  for line in "\${lines[@]:1}"; do COMPREPLY+=("\${line%%$'\\t'*}"); done
  if [[ $kind == paths ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _k42 k42
`;

const zsh = `#compdef k42
# k42: completion for zsh
_k42() {
  local -a lines words_found
  local line kind found
  lines=("\${(@f)$(command k42 completion complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  kind="\${lines[1]}"
  for line in "\${(@)lines[2,-1]}"; do
    [[ -z $line ]] && continue
    found="\${\${line%%$'\\t'*}//:/\\\\:}"
    [[ $line == *$'\\t'* ]] && found+=":\${line#*$'\\t'}"
    words_found+=("$found")
  done
  (( \${#words_found} )) && _describe -V 'k42' words_found
  [[ $kind == paths ]] && _files
  return 0
}
compdef _k42 k42
`;

const fish = `# k42: completion for fish
function __k42_complete
  set -l lines (command k42 completion complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  printf '%s\\n' $lines[2..-1]
  if test "$lines[1]" = paths
    __fish_complete_path (commandline -ct)
  end
end
complete -c k42 -f -a '(__k42_complete)'
`;

export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
