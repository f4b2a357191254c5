# For bash, zsh and sh, after the user's own files: the mesh's variables, its programs, its prompt, and a look at whether
# that has worked. The texts come from mesh/cli/lifecycle/shell-settings.ts.
mesh_programs=$MESH_SHELL_PROGRAMS
# A read-only variable ends what sets it: tried in a child first, so that the look below comes in any case.
if (eval "$MESH_SHELL_VARIABLES" && eval "$mesh_programs") 2>/dev/null; then
  eval "$MESH_SHELL_VARIABLES"
  eval "$mesh_programs"
fi

mesh_prompt() {
  eval "$mesh_programs"
  case $PS1 in
    *'(mesh) '*) ;;
    *) PS1="(mesh) $PS1" ;;
  esac
}

if [ "$(command -v kubectl)" = "$MESH_SHELL_KUBECTL" ] && [ "$(kubectl config current-context)" = mesh101 ]; then
  printf '%s\n' "$MESH_SHELL_BANNER"
else
  printf '%s\n' "$MESH_SHELL_REFUSAL" >&2
  exit 1
fi
unset MESH_SHELL MESH_SHELL_PROGRAMS MESH_SHELL_VARIABLES MESH_SHELL_KUBECTL MESH_SHELL_BANNER MESH_SHELL_REFUSAL
