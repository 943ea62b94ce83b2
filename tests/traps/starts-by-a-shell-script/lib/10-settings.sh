settings() {
    printf 'greeting=$GREETING\n' | envsubst >/run/greet.conf
    if [ -n "${SOURCE:-}" ]; then
        curl -fsS "$SOURCE" >>/run/greet.conf
    fi
}
