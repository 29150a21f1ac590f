#!/bin/sh -e
# Gives every device that an earlier campaign bootstrapped new keys: rotate.sh EARLIER NAME
. "$(dirname "$0")/operator.sh"
simboot bootstrap push --campaign "$1" --status --json --state "${STATE:-simboot-server}" |
  node -e '
    const { devices } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const came = devices.filter(({ state }) => state === "bootstrapped");
    console.log(JSON.stringify(came.map(({ ue_id, ue_id_type, address, gba }) => ({ ue_id, ue_id_type, address, gba }))));' |
  push - --campaign "$2" --json
