# SPDX-License-Identifier: BSD-3-Clause
# Completion of celnik(1) for bash. The words come from celnik itself.
_celnik()
{
	local word=${COMP_WORDS[COMP_CWORD]} verb= i
	local before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $before in
	-c | --config)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	-o | --output)
		mapfile -t COMPREPLY < <(compgen -W "human wide json csv cef cof" -- "$word")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word")
		return
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config | -o | --output | --color) ((i++)) ;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	mapfile -t COMPREPLY < <(compgen -W "$(celnik completion ${verb:+"$verb"} 2>/dev/null)" -- "$word")
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}
complete -F _celnik celnik
