/** Completion scripts: a table from the words typed so far to the words that may follow. */

/** Keys: the command words typed so far (`''`, `'card'`, `'card inspect'`). */
export type CompletionWords = Record<string, readonly string[]>;

export const COMPLETION_SCRIPTS = {
  bash: bashScript,
  zsh: (words: CompletionWords) =>
    `#compdef simboot\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`,
  fish: fishScript,
} as const;

function bashScript(words: CompletionWords): string {
  const cases = Object.entries(words).map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`);
  return `_simboot() {
  local word path='' words='' current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current != -* && -z $words ]] && COMPREPLY=($(compgen -f -- "$current"))
  return 0
}
complete -F _simboot simboot
`;
}

function fishScript(words: CompletionWords): string {
  const lines = Object.entries(words).map(
    ([path, next]) =>
      `complete -c simboot -f -n 'test "$(__simboot_path)" = "${path}"' -a '${next.join(' ')}'`,
  );
  return `function __simboot_path
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or set -a path $word
  end
  echo $path
end
${lines.join('\n')}
`;
}
