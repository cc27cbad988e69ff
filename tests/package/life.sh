#!/bin/bash
# A listener's life under systemd, told in lines of "what: how it was". Run once as a service, when the system is up;
# service.sh beside it is README.md's block for the server.
exec >/root/told 2>/root/errors
trap 'systemctl start --no-block poweroff.target' EXIT
set -eu

is() { systemctl show --value -p "$1" remaphore@say; }
tell() { echo "$1: $(is ActiveState) $(is Result) $(is ExecMainStatus) restarts $(is NRestarts): $(is StatusText)"; }
# shellcheck disable=SC2053  # $2 is a pattern
await() { until [[ $(is "$1") == $2 ]]; do sleep 0.05; done; }
options() { echo "REMAPHORE_OPTIONS=$1" >/etc/remaphore/listeners/say.env; }
start() { systemctl start remaphore@say && echo "$1: started" || echo "$1: not started"; }

cd /root
remaphore-fleet init fleet --tls --server nats://127.0.0.1:4222 com.one com.two
# shellcheck disable=SC1091  # made by run.py
. ./service.sh
remaphore -c fleet/nodes/com.two/remaphore.conf -s -t 30s "the server is there"
cp fleet/nodes/com.one/* /etc/remaphore/

cd /etc/remaphore/listeners
ln -s ../remaphore.conf say.conf
cat >say.sh <<'SCRIPT'
#!/bin/sh
echo "$@" as $(id -un)
for place in /var/lib/remaphore/say /var/log/remaphore /run/remaphore/say /etc/remaphore /usr/bin /var/lib; do
  touch $place/mine 2>/dev/null && echo may write $place
done
env | grep -E 'NOTIFY_SOCKET|WATCHDOG' || true
SCRIPT
chgrp remaphore say.sh
chmod 0750 say.sh
options '-v ping,shout --script-timeout 5s'

check() { remaphore --check --user remaphore && echo "$1: ready" || echo "$1: not ready"; }
check copied
chgrp root /etc/remaphore/nats.creds
check closed
chgrp remaphore /etc/remaphore/nats.creds
start plain
tell plain
remaphore -c /root/fleet/nodes/com.two/remaphore.conf -r -t 10s hello
await StatusText 'listening; 1 *'
tell handled
systemctl stop nats-server
await StatusText 'no connection*'
tell lost
systemctl start nats-server
await StatusText 'listening*'
tell back
echo "errors: $(journalctl -q -o cat -p err -u remaphore@say | grep -c lost)"
echo "others: $(journalctl -q -o cat -p err -u remaphore@say | grep -c Ready)"

systemctl kill -s KILL --kill-who=main remaphore@say
await NRestarts 1
await ActiveState active
tell killed

# An upgrade while a command runs, which is what does it.
ask() { remaphore -c /root/fleet/nodes/com.two/remaphore.conf -r -t 30s "$@"; }
mkdir /etc/systemd/system/remaphore@say.service.d
cat >/etc/systemd/system/remaphore@say.service.d/grace.conf <<'UNIT'
[Service]
TimeoutStopSec=60s
UNIT
systemctl daemon-reload
mkfifo /run/upgrade /run/upgraded
(read -r _ && dpkg -i /root/newer.deb >&2 && echo yes >/run/upgraded) </run/upgrade &
cat >say.sh <<'SCRIPT'
#!/bin/sh
case $2 in
upgrade) echo go >/run/upgrade; read -r _ </run/upgraded; echo upgraded by a command ;;
deploy) echo begun >/run/begun; sleep 3; echo deployed ;;
esac
SCRIPT
chmod 0666 /run/upgrade /run/upgraded
before=$(is MainPID)
ask upgrade
await StatusText 'listening; 1 *'
[[ $(is MainPID) == "$before" ]] && tell upgraded
echo "installed: $(dpkg-query -W -f '${Status}' remaphore)"

# A restart in the middle of a command that has some grace.
options '--grace 30s'
systemctl restart remaphore@say
mkfifo -m 0666 /run/begun
ask deploy >/root/deployed &
asking=$!
read -r _ </run/begun
systemctl restart remaphore@say
wait $asking
echo "deploying: $(cat /root/deployed)"
tell restarted
systemctl stop remaphore@say
tell stopped

options '-t 100ms'
start short
await ActiveState inactive
tell short
options --nonsense
start wrong
tell wrong
options ''
rm say.sh
start missing
tell missing
install -m 0640 /dev/null say.sh
start unusable
tell unusable
printf '#!/bin/sh\n' >say.sh
chmod 0755 say.sh
start again
dpkg -r remaphore
tell removed
echo end
