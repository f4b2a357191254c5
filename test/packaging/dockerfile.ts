import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, From, type Instruction, PropertyInstruction } from 'dockerfile-ast';

/** The project's root, which is what `docker build .` is given. */
export const CONTEXT = join(import.meta.dirname, '../..');

/** One line of a stage, with the variables still in it. */
export interface Step {
  readonly keyword: string;
  /** Everything after the keyword and its flags. */
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Of ARG, ENV and LABEL. */
  readonly properties: Readonly<Record<string, string>>;
}

/** A stage of a Dockerfile: what stands between a FROM and the next one. */
export interface Stage {
  readonly name: string;
  /** Another stage's name, or an image. */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** One of the project's own Dockerfiles, parsed. */
export function readStages(file = 'Dockerfile'): Stage[] {
  return parseStages(readFileSync(join(CONTEXT, file), 'utf8'));
}

/** The stages of a Dockerfile, first to last. */
export function parseStages(dockerfile: string): Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction instanceof From) stages.push(emptyStage(instruction, stages.length));
    else stages.at(-1)?.steps.push(stepOf(instruction));
  }
  return stages;
}

/** A start command in exec form; throws when it is in shell form, which would need a shell in the image. */
export function execForm(step: Step | undefined): string[] {
  return JSON.parse(step?.text ?? '');
}

function emptyStage(from: From, index: number) {
  return { name: from.getBuildStage() ?? String(index), base: from.getImage() ?? '', steps: [] as Step[] };
}

function stepOf(instruction: Instruction): Step {
  return {
    keyword: instruction.getKeyword(),
    text: instruction.getArgumentsContent() ?? '',
    flags: flagsOf(instruction),
    properties:
      instruction instanceof PropertyInstruction
        ? Object.fromEntries(
            instruction.getProperties().map((each) => [each.getName(), each.getValue() ?? '']),
          )
        : {},
  };
}

function flagsOf(instruction: Instruction): Record<string, string> {
  if (!('getFlags' in instruction) || typeof instruction.getFlags !== 'function') return {};
  const flags: { getName(): string; getValue(): string | null }[] = instruction.getFlags();
  return Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? '']));
}
