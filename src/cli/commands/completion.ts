/** `lowbit completion`: declaration of the command and its options. */
import type { CommandRecord } from '../command.js';

export const completion: CommandRecord = {
  command: 'completion [shell]',
  describe: 'print a shell completion script',
  positionals: { shell: 'bash or zsh; without it the shell that runs the command' },
  options: {},
  examples: [
    ['completion bash >> ~/.bashrc', 'commands and options complete in every new bash'],
    ['completion zsh >> ~/.zshrc', 'the same for zsh'],
  ],
  run: async (args) => {
    (await import('../run/completion.js')).runCompletion(args);
  },
};
