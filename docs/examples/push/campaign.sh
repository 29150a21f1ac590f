#!/bin/sh -e
# Bootstraps the devices of a CSV; run again after a crash, it goes on: campaign.sh NAME FILE
. "$(dirname "$0")/operator.sh"
push "$2" --campaign "$1" --json
