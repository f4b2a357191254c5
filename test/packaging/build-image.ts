import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildStage, type Image } from '#test/packaging/build-stage.ts';
import { readStages, type Stage } from '#test/packaging/dockerfile.ts';

interface Build {
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
}

interface Builder {
  /** Which Dockerfile of the project. */
  readonly file?: string;
  /** See StageBuild. */
  readonly context?: string;
  /** Stages whose programs this machine has: they are the base image. */
  readonly given?: readonly string[];
}

/**
 * Builds a Dockerfile of the project without Docker, in folders below `scratch`. The base image is Node alone, and the
 * machine's shell and npm. Like Docker it builds only the stages that the target needs, and keeps those that no argument
 * changes. Each stage is built at the same place, as Node's compile cache knows a file by its path; the target stays
 * there until the next build.
 */
export function imageBuilder(
  scratch: string,
  { file, context, given = [] }: Builder = {},
): (build: Build) => Image {
  const stages = readStages(file).map((stage) =>
    given.includes(stage.name) ? { ...stage, steps: [] } : stage,
  );
  const find = (name: string) => stages.find((stage) => stage.name === name);
  const neededBy = (stage: Stage) =>
    [stage.base, ...stage.steps.map((step) => step.flags['from'] ?? '')]
      .map(find)
      .filter((each) => each !== undefined);
  const takesArguments = (stage: Stage): boolean =>
    stage.steps.some((step) => step.keyword === 'ARG') || neededBy(stage).some(takesArguments);
  const kept = new Map<string, Image>();
  const root = join(scratch, 'root');

  return ({ target, args }) => {
    const built = new Map(kept);
    const build = (stage: Stage): Image => {
      for (const other of neededBy(stage)) {
        if (built.has(other.name)) continue;
        const image = putAside(build(other), join(scratch, [other.name, ...Object.values(args)].join('-')));
        built.set(other.name, image);
        if (!takesArguments(other)) kept.set(other.name, image);
      }
      const where = { root, ...(context !== undefined && { context }) };
      return buildStage({ ...where, stage, args, built: (name) => built.get(name) });
    };
    const stage = find(target);
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${target}`);
    rmSync(root, { recursive: true, force: true });
    return build(stage);
  };
}

function putAside(image: Image, root: string): Image {
  renameSync(image.root, root);
  return { ...image, root };
}
