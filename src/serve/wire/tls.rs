//! TLS on both sides: certificates out of PEM files, checked before anything listens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::place::Place;
use crate::serve::Reach;
use crate::serve::fields::Fields;
use crate::source::printable;

/// The files of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// Who we are.
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    /// Who vouches for the other side.
    ca: Option<PathBuf>,
}

impl Files {
    /// Reads `certificate`, `key` and `ca`. Without TLS none of them may be there.
    pub(super) fn read(fields: &mut Fields<'_>, place: Option<&Place>, server: bool) -> Self {
        let files = Self { certificate: fields.path("certificate"), key: fields.path("key"), ca: fields.path("ca") };
        let Some(place) = place else { return files };
        let tls = matches!(place, Place::Tls(_));
        let pair = files.certificate.is_some() == files.key.is_some();
        if !tls {
            let there = [("certificate", &files.certificate), ("key", &files.key), ("ca", &files.ca)];
            for (key, _) in there.iter().filter(|(_, file)| file.is_some()) {
                fields.refuse(key, "it is for tls:// alone");
            }
        } else if server && files.certificate.is_none() {
            fields.missing("certificate");
        } else if server && files.key.is_none() || !pair {
            fields.missing(if files.key.is_none() { "key" } else { "certificate" });
        } else if !server && files.ca.is_none() {
            fields.missing("ca");
        }
        files
    }

    /// All of them, and the folder of a socket at `place`.
    pub(super) fn reach(&self, place: &Place) -> Reach {
        let read = [&self.certificate, &self.key, &self.ca].into_iter().flatten().cloned().collect();
        let write = place.path().and_then(|path| path.parent()).map(ToOwned::to_owned);
        Reach { read, write: write.into_iter().collect(), programs: false }
    }

    /// For a server. With a `ca` clients have to show a certificate.
    ///
    /// # Errors
    /// What is wrong with a file, in words.
    pub(super) fn server(&self) -> Result<Arc<ServerConfig>, String> {
        let builder = match &self.ca {
            Some(ca) => {
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots(ca)?)).build();
                ServerConfig::builder().with_client_cert_verifier(verifier.map_err(|e| wrong(ca, &e))?)
            }
            None => ServerConfig::builder().with_no_client_auth(),
        };
        let (chain, key) = self.identity()?.ok_or("there is no certificate")?;
        let path = self.certificate.as_deref().unwrap_or(Path::new(""));
        Ok(Arc::new(builder.with_single_cert(chain, key).map_err(|e| wrong(path, &e))?))
    }

    /// For a client, which has a `ca` with TLS alone; `None` without.
    ///
    /// # Errors
    /// As [`Self::server`].
    pub(super) fn client(&self) -> Result<Option<Arc<ClientConfig>>, String> {
        let Some(ca) = self.ca.as_deref() else { return Ok(None) };
        let builder = ClientConfig::builder().with_root_certificates(roots(ca)?);
        Ok(Some(Arc::new(match self.identity()? {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|e| wrong(ca, &e))?,
            None => builder.with_no_client_auth(),
        })))
    }

    fn identity(&self) -> Result<Option<Identity>, String> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else { return Ok(None) };
        let chain = certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, &e))?;
        Ok(Some((chain, key)))
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn roots(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|e| wrong(path, &e))?;
    }
    Ok(roots)
}

/// The certificates of a PEM file, one at least.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|e| wrong(path, &e))?.collect();
    let all = all.map_err(|e| wrong(path, &e))?;
    if all.is_empty() { Err(wrong(path, &"it holds no certificate")) } else { Ok(all) }
}

/// What is wrong with a file, in words.
pub(super) fn wrong(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", printable(path))
}
