#pragma once
// OpenSSL 3: TLS, digests and random bytes. Files that need a macro of OpenSSL as a function add it here, because
// Swift imports no macros with arguments.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// TLS.

/// Sets what every context of Sluice has: no renegotiation, no compression, no session that could be resumed, and no
/// buffers while a connection is idle. A peer's certificate chain may have at most 32 KiB.
static inline void sluice_ssl_ctx_harden(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_max_cert_list(context, 32 << 10);
}

/// Sets the lowest version, TLS1_2_VERSION or TLS1_3_VERSION. Returns 1 on success.
static inline int sluice_ssl_ctx_set_minimum_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_min_proto_version(context, version);
}

/// Adds a certificate after the server's own. The context keeps a reference. Returns 1 on success.
static inline int sluice_ssl_ctx_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

/// Sets the host name that a client sends before the handshake (SNI, RFC 6066). Returns 1 on success.
static inline int sluice_ssl_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// Returns whether the master secret of a TLS 1.2 connection is bound to its handshake (RFC 7627).
static inline int sluice_ssl_has_extended_master_secret(SSL *ssl) { return SSL_get_extms_support(ssl) == 1; }

/// The number of names in a subject alternative name extension, and one of them.
static inline int sluice_general_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *sluice_general_name(const GENERAL_NAMES *names, int index) {
  return sk_GENERAL_NAME_value(names, index);
}

/// Returns a new key on the curve P-256; null on failure.
static inline EVP_PKEY *sluice_new_p256_key(void) { return EVP_EC_gen("P-256"); }
