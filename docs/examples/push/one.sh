#!/bin/sh -e
# Bootstraps one device: one.sh IMPI ADDRESS
. "$(dirname "$0")/operator.sh"
push --campaign "one $1" --ue-id "$1" --address "$2" --json
