//! A `multipart/form-data` body: <https://www.rfc-editor.org/rfc/rfc7578>.

/// One field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    pub name: String,
    pub content: String,
    pub file_name: Option<String>,
    pub media_type: Option<String>,
}

/// The fields of a form, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Form {
    pub parts: Vec<Part>,
}

impl Form {
    /// The Content-Type and the body.
    pub(super) fn encoded(&self) -> (String, String) {
        let boundary = self.boundary();
        let mut body = String::new();
        for part in &self.parts {
            let name = escaped(&part.name);
            body += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
            if let Some(file) = &part.file_name {
                body += &format!("; filename=\"{}\"", escaped(file));
            }
            body += "\r\n";
            if let Some(media_type) = &part.media_type {
                body += &format!("Content-Type: {media_type}\r\n");
            }
            body += &format!("\r\n{}\r\n", part.content);
        }
        body += &format!("--{boundary}--\r\n");
        (format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// A line that no part holds: a name with more x at its end than any part has there.
    fn boundary(&self) -> String {
        const NAME: &str = "----FormBoundary";
        let runs = self.parts.iter().flat_map(|part| {
            let ends = part.content.match_indices(NAME);
            ends.map(|(at, _)| {
                let rest = &part.content[at + NAME.len()..];
                rest.bytes().take_while(|byte| *byte == b'x').count()
            })
        });
        let longest = runs.max().map_or(0, |run| run + 1);
        format!("{NAME}{}", "x".repeat(longest))
    }
}

/// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_in_no_part() {
        let part = |content: &str| Part {
            name: "a\"b".to_owned(),
            content: content.to_owned(),
            ..Part::default()
        };
        let form = Form {
            parts: vec![part("1"), part("----FormBoundary ----FormBoundaryxx")],
        };
        let (media_type, body) = form.encoded();
        assert_eq!(
            media_type,
            "multipart/form-data; boundary=----FormBoundaryxxx"
        );
        assert_eq!(body.matches("--FormBoundaryxxx").count(), 3);
        assert!(body.starts_with(
            "------FormBoundaryxxx\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n"
        ));
    }
}
