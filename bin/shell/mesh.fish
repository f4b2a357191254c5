# fish in `mesh shell`, by --init-command: fish has read the user's files by now.
set -g mesh_programs $MESH_SHELL_PROGRAMS
eval $MESH_SHELL_VARIABLES
eval $mesh_programs

function mesh_keep --on-event fish_prompt
    eval $mesh_programs
end

functions --copy fish_prompt mesh_users_prompt
function mesh_status
    return $argv[1]
end
function fish_prompt
    # The user's prompt may show how the last command ended.
    set --local last $status
    printf '(mesh) '
    mesh_status $last
    mesh_users_prompt
end

if test (command -v kubectl) = "$MESH_SHELL_KUBECTL"; and test (type --type kubectl) = file; and test (kubectl config current-context) = mesh101
    printf '%s\n' $MESH_SHELL_BANNER
else
    printf '%s\n' $MESH_SHELL_REFUSAL >&2
    exit 1
end
set --erase MESH_SHELL MESH_SHELL_PROGRAMS MESH_SHELL_VARIABLES MESH_SHELL_KUBECTL MESH_SHELL_BANNER MESH_SHELL_REFUSAL
