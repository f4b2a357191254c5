# shellcheck shell=sh disable=SC2034,SC2154 # variables that the sourcing script sets or reads
# Sourced by the scripts that build, push and deploy: which registry, which tag, which images.

region() { say "${ZONE%-*}"; }

# The default is the Artifact Registry of the project; only then is gcloud asked for anything.
settle_registry() {
  [ -z "$REGISTRY" ] || { own_registry=; return 0; }
  need_gcloud
  own_registry=yes
  REGISTRY=$(region)-docker.pkg.dev/$(say "$PROJECT_ID" | tr ':' '/')/mesh101
}

# The commit; with changes beside it also a hash of every file's content, so that two states never share a tag.
settle_tag() {
  [ -n "$TAG" ] || TAG=$(commit_tag)
  case $TAG in
    [.-]* | *[!A-Za-z0-9_.-]*) fail "TAG=$TAG is not a tag: use letters, digits, dots, dashes and underscores" ;;
  esac
}

commit_tag() {
  commit=$(git rev-parse --short HEAD 2>/dev/null) || { say dev; return; }
  if [ -z "$(git status --porcelain)" ]; then say "$commit"; else say "$commit-dirty-$(tree_hash)"; fi
}

# git's own name of the work tree, written to a throw-away index and object store: the repository is left as it was.
tree_hash() (
  scratch
  objects=$(git rev-parse --git-path objects)
  GIT_ALTERNATE_OBJECT_DIRECTORIES=$(cd "$objects" && pwd)
  GIT_OBJECT_DIRECTORY=$work/objects
  GIT_INDEX_FILE=$work/index
  export GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_OBJECT_DIRECTORY GIT_INDEX_FILE
  mkdir "$work/objects"
  git add --all && git write-tree | cut -c 1-7
)

# image SERVICE: its full name.
image() { say "$REGISTRY/$1:$TAG"; }
