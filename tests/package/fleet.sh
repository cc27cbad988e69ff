#!/bin/bash
# A fleet under systemd, told in lines: its server by the unit of remaphore-fleet(1), a deploy listener as
# doc/recipes.md has it, and the listener for rosters. Run once as a service, when the system is up; deploy-recipe.sh
# beside it is the recipe.
exec >/root/told 2>/root/errors
trap 'systemctl start --no-block poweroff.target' EXIT
set -eu
export HOME=/root

is() { systemctl show --value -p "$2" "$1"; }
tell() { echo "$1: $(is "$1" ActiveState) $(is "$1" Result) restarts $(is "$1" NRestarts)"; }
as() { remaphore -c "/srv/fleet/nodes/$1/remaphore.conf" "${@:2}"; }
# The service's config names the node.
await_node() { until grep -q "^$1 " /etc/remaphore/remaphore.conf; do sleep 0.05; done; }

cd /srv
remaphore-fleet init fleet --tls --server nats://127.0.0.1:4222 com.one 'com.two=*!' >&2
systemctl daemon-reload
systemctl start remaphore-hub
tell remaphore-hub
cp fleet/nodes/com.one/* /etc/remaphore/

printf '#!/bin/sh\necho deployed "$@"\n' >~/deploy.sh
# shellcheck disable=SC1091  # made by run.py
(. /root/deploy-recipe.sh)
tell remaphore@deploy
as com.two -r -t 30s -v deploy 4.2.1

systemctl enable --now remaphore-roster
tell remaphore-roster
echo "exposure: $(systemd-analyze security --no-pager remaphore-roster |
  sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p')"
remaphore-fleet add fleet com.three=deploy >&2
remaphore-fleet publish fleet -t 30s
await_node com.three
stat -c 'config: %a %U:%G' /etc/remaphore/remaphore.conf
as com.three -r -t 30s -v deploy hello | sed 's/^/of the new node: /'

systemctl stop remaphore-roster
remaphore-fleet add fleet com.four >&2
remaphore-fleet publish fleet -t 2s
systemctl start remaphore-roster
await_node com.four
echo "com.four: known after the listener was back"

remaphore-fleet revoke fleet com.three >&2
systemctl reload remaphore-hub
until ! remaphore -c fleet/revoked/com.three/remaphore.conf -s -t 5s hello; do sleep 0.05; done
echo "com.three: refused after a reload"
as com.two -r -t 30s -v deploy 4.2.2
tell remaphore-hub
systemctl stop remaphore-hub
tell remaphore-hub
echo end
