#!/usr/bin/env bash
# Makes the certificates of the compose deployment: an authority, once, and a certificate for the server, which the
# authority signs. The key of the authority is kept, so that clients trust a later certificate without a change.
#
#   certificates.sh DIRECTORY            make what is missing
#   certificates.sh DIRECTORY NAME...    and sign a new certificate for a server that has these names or addresses
set -euo pipefail
directory=$1
shift

# Runs openssl and shows its messages only when it fails.
ssl() {
  local messages
  messages=$(openssl "$@" 2>&1) || { printf '%s\n' "certificates: openssl $1 failed:" "$messages" >&2; return 1; }
}

# Makes a private key, and a request for a certificate of this key.
#   request FILE SUBJECT
request() {
  ssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$directory/$1.key" -out "$directory/$1.request"
}

make_authority() {
  request ca "Sluice authority"
  ssl x509 -req -in "$directory/ca.request" -signkey "$directory/ca.key" -days 3650 -out "$directory/ca.pem" \
    -extfile <(printf '%s\n' basicConstraints=critical,CA:TRUE,pathlen:0 \
      keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash)
}

make_server_certificate() {
  request server sluiced
  ssl x509 -req -in "$directory/server.request" -CA "$directory/ca.pem" -CAkey "$directory/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days 365 -out "$directory/server.pem" \
    -extfile <(printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
      extendedKeyUsage=serverAuth "subjectAltName=$(alternative_names "$@")")
}

# Prints names and addresses as the alternative names of a certificate (RFC 5280, section 4.2.1.6).
alternative_names() {
  local name kind list=
  for name in "$@"; do
    kind=DNS
    if [[ $name == *:* || $name =~ ^[0-9.]+$ ]]; then kind=IP; fi
    list+=${list:+,}$kind:$name
  done
  printf '%s' "$list"
}

umask 077
mkdir -p "$directory"
[ -e "$directory/ca.pem" ] || make_authority
# The servers and the proxy before them are reached by the names of their services, and on localhost by programs of
# this machine.
if [ $# -gt 0 ] || [ ! -e "$directory/server.pem" ]; then
  make_server_certificate sluiced sluiced-2 sluiced-3 proxy localhost 127.0.0.1 ::1 "$@"
fi
rm -f "$directory"/*.request
# Clients under other accounts read the certificates, which are public.
chmod 0444 "$directory"/*.pem
