# Options that the three jobs share.
push() {
  simboot bootstrap push "$@" \
    --state "${STATE:-simboot-server}" \
    --bsf "${BSF:-https://127.0.0.1:8444}" --trust "${BSF_CERT:-simboot-bsf/tls-ec.pem}" \
    --naf-fqdn dm.example.com --ua-id 03ff000001 \
    --server-id dms1 --server-uri https://dm.example.com/dm --name 'Example operator'
}
