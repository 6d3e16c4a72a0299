//! Finds the terminal's answer to “which colour is your background?” among the keys.
//!
//! The question is OSC 11 (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, “Operating System
//! Commands”). The answer comes the way keys come: crossterm, which does not know it, hands it out as
//! Alt-] and the characters of `11;rgb:ffff/ffff/ffff`, ended by Ctrl-G or Alt-\. It is taken out here;
//! what turns out to be no answer is handed on as it was, so no key is lost.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::theme::Rgb;

/// What every answer begins with.
const HEAD: &str = "11;rgb:";

/// The longest answer: `rgba:` never comes to this question, four digits a colour are the most.
const LONGEST: usize = HEAD.len() + "ffff/ffff/ffff".len();

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// These events, in this order; none while an answer may be under way.
    Events(Vec<Event>),
    /// The answer.
    Background(Rgb),
}

/// Listens for one answer.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    held: Vec<Event>,
    text: String,
    heard: bool,
}

impl Listener {
    /// Takes the next event.
    pub fn take(&mut self, event: Event) -> Heard {
        if self.heard {
            return Heard::Events(vec![event]);
        }
        let key = match &event {
            Event::Key(key) => Some(*key),
            _ => None,
        };
        self.held.push(event);
        let Some(key) = key else {
            return Heard::Events(self.release());
        };
        match self.held.len() {
            1 if is(key, ']', KeyModifiers::ALT) || key.code == KeyCode::Esc => {
                Heard::Events(Vec::new())
            }
            1 => Heard::Events(self.release()),
            // The first byte came alone, so it was taken for the Esc key.
            2 if is_esc(&self.held[0]) => match is(key, ']', KeyModifiers::NONE) {
                true => Heard::Events(Vec::new()),
                false => Heard::Events(self.release()),
            },
            _ => self.inside(key),
        }
    }

    /// What is held back, once nothing has come for a while.
    pub fn release(&mut self) -> Vec<Event> {
        self.text.clear();
        std::mem::take(&mut self.held)
    }

    /// Whether something is held back.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    fn inside(&mut self, key: KeyEvent) -> Heard {
        let ends = is(key, 'g', KeyModifiers::CONTROL) || is(key, '\\', KeyModifiers::ALT);
        if ends && let Some(rgb) = parse(&self.text) {
            self.heard = true;
            self.release();
            return Heard::Background(rgb);
        }
        if let KeyCode::Char(c) = key.code
            && !ends
            && (key.modifiers - KeyModifiers::SHIFT).is_empty()
        {
            self.text.push(c);
            let (text, head) = (self.text.as_str(), HEAD);
            let begins = head.starts_with(text) || text.starts_with(head);
            if begins && self.text.len() <= LONGEST {
                return Heard::Events(Vec::new());
            }
        }
        Heard::Events(self.release())
    }
}

fn is(key: KeyEvent, c: char, modifiers: KeyModifiers) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers == modifiers
}

fn is_esc(event: &Event) -> bool {
    matches!(event, Event::Key(key) if key.code == KeyCode::Esc)
}

/// `11;rgb:` and three parts of one to four hexadecimal digits each.
fn parse(text: &str) -> Option<Rgb> {
    let mut parts = text.strip_prefix(HEAD)?.split('/').map(|part| {
        let digits = u32::try_from(part.len())
            .ok()
            .filter(|len| (1..=4).contains(len))?;
        let value = u32::from_str_radix(part, 16).ok()?;
        u8::try_from(value * 255 / (16_u32.pow(digits) - 1)).ok()
    });
    let rgb = Rgb(parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(rgb)
}

/// What `COLORFGBG` says, as in `15;0`: whether the background is light. Some terminals set it.
pub fn said_by_environment(value: &str) -> Option<bool> {
    let ground: u8 = value.rsplit(';').next()?.parse().ok()?;
    (ground < 16).then_some(matches!(ground, 7 | 9..=15))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    fn chars(text: &str) -> Vec<Event> {
        let typed = |c| key(KeyCode::Char(c), KeyModifiers::NONE);
        text.chars().map(typed).collect()
    }

    fn answer(text: &str) -> Vec<Event> {
        let mut events = vec![key(KeyCode::Char(']'), KeyModifiers::ALT)];
        events.extend(chars(text));
        events
    }

    const BELL: (KeyCode, KeyModifiers) = (KeyCode::Char('g'), KeyModifiers::CONTROL);
    const END: (KeyCode, KeyModifiers) = (KeyCode::Char('\\'), KeyModifiers::ALT);

    /// What comes out for these events: those handed on, and the answer.
    fn heard(events: Vec<Event>) -> (Vec<Event>, Option<Rgb>) {
        let (mut listener, mut out, mut found) = (Listener::default(), Vec::new(), None);
        for event in events {
            match listener.take(event) {
                Heard::Events(events) => out.extend(events),
                Heard::Background(rgb) => found = Some(rgb),
            }
        }
        out.extend(listener.release());
        (out, found)
    }

    #[test]
    fn an_answer_is_found_between_keys() {
        for ((code, modifiers), text, expected) in [
            (BELL, "11;rgb:ffff/ffff/ffff", Rgb(255, 255, 255)),
            (END, "11;rgb:0000/2b2b/3636", Rgb(0, 0x2b, 0x36)),
            (END, "11;rgb:f/0/8", Rgb(255, 0, 136)),
        ] {
            let mut events = chars("ab");
            events.extend(answer(text));
            events.push(key(code, modifiers));
            events.extend(chars("cd"));
            assert_eq!(heard(events), (chars("abcd"), Some(expected)), "{text}");
        }
    }

    #[test]
    fn an_answer_whose_first_byte_came_alone_is_found() {
        let mut events = vec![key(KeyCode::Esc, KeyModifiers::NONE)];
        events.extend(chars("]11;rgb:00/00/00"));
        events.push(key(BELL.0, BELL.1));
        assert_eq!(heard(events), (Vec::new(), Some(Rgb(0, 0, 0))));
    }

    #[test]
    fn what_is_no_answer_is_handed_on_as_it_was() {
        for events in [
            chars("11;rgb:"),
            answer("12;rgb:00/00/00"),
            answer("11;rgb:00/00/00/00/00/00/00"),
            answer("11;rgb:zz/00/00"),
            answer("11;rgb"),
            vec![
                key(KeyCode::Esc, KeyModifiers::NONE),
                key(KeyCode::F(5), KeyModifiers::NONE),
            ],
            vec![key(KeyCode::Esc, KeyModifiers::NONE); 3],
            vec![
                key(KeyCode::Char(']'), KeyModifiers::ALT),
                Event::Paste("x".into()),
            ],
        ] {
            let mut ended = events.clone();
            ended.push(key(BELL.0, BELL.1));
            assert_eq!(heard(events.clone()), (events, None));
            assert_eq!(heard(ended.clone()), (ended, None));
        }
    }

    #[test]
    fn only_one_answer_is_taken() {
        let mut once = answer("11;rgb:00/00/00");
        once.push(key(BELL.0, BELL.1));
        let twice = [once.clone(), once.clone()].concat();
        assert_eq!(heard(twice), (once, Some(Rgb(0, 0, 0))));
    }

    #[test]
    fn the_environment_may_say_it() {
        for (value, light) in [
            ("15;0", Some(false)),
            ("0;15", Some(true)),
            ("0;default;7", Some(true)),
            ("12;8", Some(false)),
            ("0;default", None),
            ("", None),
        ] {
            assert_eq!(said_by_environment(value), light, "{value}");
        }
    }
}
