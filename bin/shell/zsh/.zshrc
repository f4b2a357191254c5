# After .zshenv: the user's .zshrc, then what makes kubectl reach the laptop mesh.
if (( ${+mesh_users_zdotdir} )); then
  export ZDOTDIR=$mesh_users_zdotdir
else
  unset ZDOTDIR
fi
# The system's file, which zsh reads between the two, may have put the history beside this one.
[[ ${HISTFILE-} == $mesh_zdotdir/* ]] && HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}
unset mesh_zdotdir mesh_users_zdotdir
[[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && source ${ZDOTDIR:-$HOME}/.zshrc

source $MESH_SHELL/mesh.sh
autoload -Uz add-zsh-hook && add-zsh-hook precmd mesh_prompt
