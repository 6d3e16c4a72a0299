//! A request as typed, to be written to a file that others read: variables take the place of secrets.

use super::text::Masks;
use super::{cookie_pair, header};
use crate::session::RequestForm;

/// A request whose secrets are variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutSecrets {
    /// The request.
    pub form: RequestForm,
    /// The `Set-Cookie` lines that came with it.
    pub cookies: Vec<String>,
    /// The names of the variables that took the place of secrets, in order.
    pub variables: Vec<String>,
}

/// Puts `${NAME}` in the place of every secret.
pub fn without_secrets(form: &RequestForm, cookies: &[String]) -> WithoutSecrets {
    let mut masks = Masks::variables();
    let mut form = form.clone();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    form.url = text(masks.url(form.url.as_bytes()));
    form.page.origin = text(masks.url(form.page.origin.as_bytes()));
    for row in &mut form.headers {
        row.value = text(header(&mut masks, &row.name, row.value.as_bytes()));
    }
    form.body = form.body.map(|body| text(masks.body(body.as_bytes())));
    let cookies = cookies.iter().map(|line| {
        let (pair, attributes) = line.split_at(line.find(';').unwrap_or(line.len()));
        text(cookie_pair(&mut masks, pair.as_bytes())) + attributes
    });
    WithoutSecrets {
        cookies: cookies.collect(),
        form,
        variables: masks.variables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::HeaderRow;

    #[test]
    fn variables_are_named_after_what_they_stood_in() {
        let form = RequestForm {
            url: "https://me:pw@api.example/x?access_token=1&q=2".into(),
            headers: vec![
                HeaderRow::new("Authorization", "Bearer abc"),
                HeaderRow::new("X-Api-Key", "k1"),
                HeaderRow::new("x-api-key", "k2"),
                HeaderRow::new("X-Token", "${MINE}"),
                HeaderRow::new("Accept", "text/plain"),
            ],
            body: Some(r#"{"password":"pw","n":1}"#.into()),
            ..RequestForm::default()
        };
        let cookies = ["sid=42; SameSite=None".to_owned()];
        let told = without_secrets(&form, &cookies);
        assert_eq!(
            told.form.url,
            "https://me:${PASSWORD}@api.example/x?access_token=${ACCESS_TOKEN}&q=2"
        );
        let values = told.form.headers.iter().map(|row| row.value.as_str());
        assert_eq!(
            values.collect::<Vec<_>>(),
            [
                "Bearer ${AUTHORIZATION}",
                "${X_API_KEY}",
                "${X_API_KEY_2}",
                "${MINE}",
                "text/plain"
            ]
        );
        assert_eq!(
            told.form.body.as_deref(),
            Some(r#"{"password":"${PASSWORD}","n":1}"#)
        );
        assert_eq!(told.cookies, ["sid=${SID}; SameSite=None"]);
        assert_eq!(
            told.variables,
            [
                "PASSWORD",
                "ACCESS_TOKEN",
                "AUTHORIZATION",
                "X_API_KEY",
                "X_API_KEY_2",
                "SID"
            ]
        );
    }
}
