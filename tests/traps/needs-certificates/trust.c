#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

/* trust FILE: whether the authorities that this system trusts vouch for a certificate. */
int main(int argc, char **argv) {
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    X509 *certificate = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (certificate == NULL || X509_STORE_set_default_paths(store) != 1)
        return 1;
    X509_STORE_CTX_init(context, store, certificate, NULL);
    int trusted = X509_verify_cert(context) == 1;
    puts(trusted ? "trusted" : "not trusted");
    return trusted ? 0 : 2;
}
