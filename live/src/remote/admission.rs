//! Decides who may turn the controls: programs that know the token, and no page of a foreign site.

use rand::RngExt;
use tungstenite::handshake::server::{ErrorResponse, Request};
use tungstenite::http::{Response, StatusCode, Uri};

/// Decides who may turn the controls.
pub(super) struct Admission {
    token: String,
}

/// A token of 128 random bits.
pub(super) fn new_token() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

impl Admission {
    pub fn new(token: &str) -> Admission {
        Admission {
            token: token.to_owned(),
        }
    }

    /// Lets a request in, or says why not.
    #[allow(clippy::result_large_err, reason = "the library asks for this type")]
    pub fn admit(&self, request: &Request) -> Result<(), ErrorResponse> {
        // A browser always says which page asks; other programs say nothing.
        let origins = request.headers().get_all("Origin");
        if !origins
            .iter()
            .all(|origin| origin.to_str().is_ok_and(is_own))
        {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "expected no Origin, or a page of this machine",
            ));
        }
        let header = request.headers().get("Authorization");
        let header = header
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.strip_prefix("Bearer "));
        let query = request.uri().query().unwrap_or_default();
        let query = query
            .split('&')
            .find_map(|part| part.strip_prefix("token="));
        let known = [header, query]
            .into_iter()
            .flatten()
            .any(|found| same(found, &self.token));
        if known {
            return Ok(());
        }
        Err(refusal(
            StatusCode::UNAUTHORIZED,
            "expected the token, as ?token=T or Authorization: Bearer T",
        ))
    }
}

/// Whether a page comes from this machine's own address.
fn is_own(origin: &str) -> bool {
    let host = origin.parse::<Uri>().ok();
    let host = host.as_ref().and_then(Uri::host);
    host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}

/// Compares in a time that tells nothing of where the two differ.
fn same(found: &str, expected: &str) -> bool {
    let pairs = found.bytes().zip(expected.bytes());
    let difference = pairs.fold(0, |all, (a, b)| all | (a ^ b));
    found.len() == expected.len() && difference == 0
}

fn refusal(status: StatusCode, reason: &str) -> ErrorResponse {
    let mut response = Response::new(Some(reason.to_owned()));
    *response.status_mut() = status;
    response
}
