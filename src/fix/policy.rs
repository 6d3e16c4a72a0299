//! A CORS policy as a value: what a server lets pages of other origins do.

/// The pages that may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Any page, which is only safe without credentials.
    Any,
    /// The pages of these serialized origins, and no others.
    These(Vec<String>),
}

/// What a server lets pages of other origins do with one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Who may read.
    pub origins: AllowedOrigins,
    /// Whether requests with cookies, client certificates or HTTP authentication may be read too.
    pub credentials: bool,
    /// The methods beyond the CORS-safelisted GET, HEAD and POST, as sent.
    pub methods: Vec<String>,
    /// The request headers that need permission, in lower case, sorted.
    pub headers: Vec<String>,
    /// The response headers that script may read beyond the safelisted, in lower case, sorted.
    pub expose: Vec<String>,
    /// How long a browser may remember the answer to a preflight, in seconds.
    pub max_age: Option<u32>,
}

impl Policy {
    /// Whether the answer depends on who asks, so that caches have to be told with `Vary: Origin`.
    pub fn varies_by_origin(&self) -> bool {
        self.credentials || !matches!(&self.origins, AllowedOrigins::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_policy_for_everyone_without_credentials_is_the_same_for_all() {
        let everyone = Policy {
            origins: AllowedOrigins::Any,
            credentials: false,
            methods: Vec::new(),
            headers: Vec::new(),
            expose: Vec::new(),
            max_age: None,
        };
        assert!(!everyone.varies_by_origin());
        let credentialed = Policy {
            credentials: true,
            ..everyone.clone()
        };
        assert!(credentialed.varies_by_origin());
        let one = Policy {
            origins: AllowedOrigins::These(vec!["https://app.example".to_owned()]),
            ..everyone
        };
        assert!(one.varies_by_origin());
    }
}
