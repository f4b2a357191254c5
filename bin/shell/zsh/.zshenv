# zsh in `mesh shell` finds this file by ZDOTDIR. Each of the two files here reads the user's own, in the user's ZDOTDIR.
mesh_zdotdir=$ZDOTDIR
if (( ${+MESH_SHELL_ZDOTDIR} )); then
  export ZDOTDIR=$MESH_SHELL_ZDOTDIR
  unset MESH_SHELL_ZDOTDIR
else
  unset ZDOTDIR
fi
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && source ${ZDOTDIR:-$HOME}/.zshenv

# The user's file may have moved it; zsh looks for the next file here.
(( ${+ZDOTDIR} )) && mesh_users_zdotdir=$ZDOTDIR
export ZDOTDIR=$mesh_zdotdir
