//! Tests of the whole room: files, variables and flags in, values and mistakes out.

use std::ffi::OsString;

use super::*;

const RULES: Rules = Rules {
    actions: || vec!["send".into(), "quit".into()],
    keys: |rows| {
        let wrong = rows.iter().flat_map(|row| &row.keys);
        let wrong = wrong.filter(|key| !matches!(key.as_str(), "f5" | "ctrl-s"));
        wrong.map(|key| format!("`{key}` is no key")).collect()
    },
    themes: |_| vec!["night".into(), "day".into()],
};

/// A configuration file in a folder of its own.
struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl Home {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("corscope");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("config.toml"), text).unwrap();
        let variables = Vec::new();
        Self { folder, variables }
    }

    fn load(&self, set: &[&str]) -> Result<Config, Mistakes> {
        let environment = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some(self.folder.path().into()),
            _ => {
                let row = self.variables.iter().find(|(known, _)| *known == name);
                row.map(|(_, value)| OsString::from(value))
            }
        };
        let set: Vec<_> = set.iter().map(|text| (*text).to_owned()).collect();
        let sources = Sources {
            environment: &environment,
            file: None,
            set: &set,
        };
        load(sources, RULES)
    }

    /// The mistakes without the folder's name.
    fn mistakes(&self, set: &[&str]) -> String {
        let folder = self.folder.path().join("corscope").display().to_string();
        let mistakes = self.load(set).unwrap_err().to_string();
        mistakes.replace(&format!("{folder}/"), "")
    }
}

#[test]
fn the_table_is_in_the_order_of_the_names() {
    for (at, setting) in SETTINGS.iter().enumerate() {
        assert_eq!(setting.name as usize, at, "{}", setting.key);
        assert!(setting.check(setting.default()).is_ok(), "{}", setting.key);
    }
}

#[test]
fn the_narrower_source_counts() {
    let mut home = Home::with("theme = 'day'\nmax-time = 2.5\neditor = 'hx'\nmouse = false\n");
    home.variables = vec![
        ("CORSCOPE_MAX_TIME", "7"),
        ("EDITOR", "ed"),
        ("PAGER", "most"),
    ];
    let config = home.load(&["mouse=on", "engine=webkit"]).unwrap();
    let origin = |name| config.get(name).1.to_string();
    assert_eq!(config.text(Name::Theme), "day");
    assert!(origin(Name::Theme).ends_with("config.toml:1"));
    assert_eq!(config.seconds(Name::MaxTime), Some(Duration::from_secs(7)));
    assert_eq!(origin(Name::MaxTime), "$CORSCOPE_MAX_TIME");
    // EDITOR is for every program, the file for this one.
    assert_eq!(config.text(Name::Editor), "hx");
    assert_eq!(
        (config.text(Name::Pager), &*origin(Name::Pager)),
        ("most", "$PAGER")
    );
    assert!(config.is_on(Name::Mouse));
    assert_eq!(origin(Name::Engine), "command line");
    assert_eq!(origin(Name::MaxBody), "default");
}

#[test]
fn no_file_is_no_mistake_but_one_that_was_asked_for_is() {
    let home = Home::with("");
    let nowhere = |_: &str| None;
    let sources = Sources {
        environment: &nowhere,
        file: None,
        set: &[],
    };
    assert_eq!(load(sources, RULES).unwrap().file(), None);
    let missing = home.folder.path().join("missing.toml");
    let sources = Sources {
        file: Some(&missing),
        ..sources
    };
    let told = load(sources, RULES).unwrap_err().to_string();
    assert!(told.contains("missing.toml: cannot be read"), "{told}");
}

#[test]
fn a_relative_configuration_home_does_not_count() {
    let environment = |name: &str| match name {
        "XDG_CONFIG_HOME" => Some("relative".into()),
        "HOME" => Some("/nonexistent".into()),
        _ => None,
    };
    let sources = Sources {
        environment: &environment,
        file: None,
        set: &[],
    };
    let config = load(sources, RULES).unwrap();
    let file = Path::new("/nonexistent/.config/corscope/config.toml");
    assert_eq!(config.file(), Some(file));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let mut home = Home::with(
        "theem = 'day'\nengine = 'firefix'\nmax-time = -1\n\n[keys]\nsend = ['f5', 'hyper-x']\nsnd = []\nquit = 'q'\n",
    );
    home.variables = vec![("CORSCOPE_MOUSE", "perhaps")];
    insta::assert_snapshot!(home.mistakes(&["max-body=1.5", "colour=red", "mouse"]), @r#"
    config.toml:1: there is no setting `theem`; did you mean `theme`?
    config.toml:2: engine: "firefix" is not one of chromium, firefox, webkit, standard; did you mean firefox?
    config.toml:3: max-time: -1 is not a number of seconds, 0 or more
    config.toml:7: there is no action `snd`; did you mean `send`?
    config.toml:8: quit: a list of keys is wanted, as in ["f5", "ctrl-s"]
    config.toml:6: `hyper-x` is no key
    $CORSCOPE_MOUSE: mouse: `perhaps` is not true or false
    --set: max-body: 1.5 is not a whole number of bytes, 0 or more
    --set: there is no setting `colour`
    --set: mouse: no value; as in --set mouse=VALUE
    "#);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let home = Home::with("mouse = true\ntheme = \n");
    insta::assert_snapshot!(home.mistakes(&[]), @"config.toml:2: string values must be quoted, expected literal string");
}

#[test]
fn a_theme_that_is_not_there_is_told_with_those_that_are() {
    let home = Home::with("theme = 'nigth'\n");
    insta::assert_snapshot!(home.mistakes(&[]), @"config.toml:1: there is no theme `nigth`; did you mean `night`? There are auto, night, day");
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same() {
    let home =
        Home::with("theme = 'day'\npager = \"less \\\"-R\\\"\"\n[keys]\nsend = ['f5', 'ctrl-s']\n");
    let config = home.load(&["max-body=10"]).unwrap();
    let again = Home::with(&config.to_string()).load(&[]).unwrap();
    for setting in SETTINGS {
        let (first, second) = (config.get(setting.name), again.get(setting.name));
        assert_eq!(first.0, second.0, "{}", setting.key);
    }
    assert_eq!(config.keys()[0].keys, again.keys()[0].keys);
}

/// The rows of the table and the properties of the schema say the same.
#[test]
fn the_schema_has_every_setting() {
    let schema = include_str!("../../assets/schema/config.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let keys: Vec<_> = properties.keys().map(String::as_str).collect();
    let expected: Vec<_> = SETTINGS.iter().map(|s| s.key).chain(["keys"]).collect();
    assert_eq!(keys, expected);
    for setting in SETTINGS {
        let row = &properties[setting.key];
        assert_eq!(row["description"], setting.about, "{}", setting.key);
        let default = match setting.default() {
            Value::Text(text) => serde_json::json!(text),
            Value::Flag(flag) => serde_json::json!(flag),
            Value::Number(number) => serde_json::json!(number as u64),
        };
        assert_eq!(row["default"], default, "{}", setting.key);
        let (kind, words) = match setting.kind {
            settings::Kind::Word(words) => (None, Some(serde_json::json!(words))),
            settings::Kind::Text | settings::Kind::Theme => (Some("string"), None),
            settings::Kind::Flag => (Some("boolean"), None),
            settings::Kind::Seconds => (Some("number"), None),
            settings::Kind::Bytes | settings::Kind::Count => (Some("integer"), None),
        };
        assert_eq!(
            row.get("type").and_then(|kind| kind.as_str()),
            kind,
            "{}",
            setting.key
        );
        assert_eq!(row.get("enum"), words.as_ref(), "{}", setting.key);
    }
}
