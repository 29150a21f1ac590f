#!/bin/sh -e
# Bootstraps the devices of a CSV, and asks each for its description in its first session: first-session.sh NAME FILE
. "$(dirname "$0")/operator.sh"
push "$2" --campaign "$1" --first-script "$(dirname "$0")/first-session.yaml" --json
