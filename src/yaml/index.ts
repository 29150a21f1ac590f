/** YAML and JSON files that people write: every mistake with its line and column. */
export { closest, issueMessage, type PathMistake, pathMistakes, pathText } from './issues.js';
export { type LocatedYaml, type Place, readYaml, type YamlMistake } from './located.js';
