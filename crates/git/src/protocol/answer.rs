//! The answer to a `fetch`, read as it arrives.

use trimtab_ports::git::Id;

use super::{Fault, said};
use crate::pktline::{Decoder, Packet, text};

/// Where the server cut the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShallowUpdate {
    /// Commits that come, or came earlier, without their parents.
    pub(crate) shallow: Vec<Id>,
    /// Commits that came without their parents earlier and have them now.
    pub(crate) unshallow: Vec<Id>,
}

/// The answer to a `fetch`, read as it arrives.
pub(crate) struct Answer {
    decoder: Decoder,
    stage: Stage,
    update: ShallowUpdate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Version 2: the name of a section comes next.
    Section,
    /// Version 2: the lines of a section that says nothing to us.
    Ignored,
    /// Version 2: the lines of `shallow-info`.
    ShallowInfo,
    /// Version 0: shallow lines up to a flush.
    ShallowLines,
    /// Version 0: lines on common commits, then the pack.
    Acknowledgements,
    /// The pack.
    Pack,
    /// All has come.
    Done,
}

impl Answer {
    /// An answer in version 2.
    pub(crate) fn version_2() -> Self {
        Self::at(Stage::Section)
    }

    /// An answer in version 0 or 1; `cut` where the request cut the history.
    pub(crate) fn version_0(cut: bool) -> Self {
        Self::at(if cut { Stage::ShallowLines } else { Stage::Acknowledgements })
    }

    fn at(stage: Stage) -> Self {
        Self { decoder: Decoder::default(), stage, update: ShallowUpdate::default() }
    }

    /// Takes more of the answer and appends what is in it of the pack.
    pub(crate) fn feed(&mut self, bytes: &[u8], pack: &mut Vec<u8>) -> Result<(), Fault> {
        self.decoder.feed(bytes);
        while let Some(packet) = self.decoder.next()? {
            self.stage = match packet {
                Packet::Data(data) => match data.strip_prefix(b"ERR ") {
                    Some(error) => return Err(said(text(error))),
                    None => data_at(self.stage, data, &mut self.update, pack)?,
                },
                Packet::Flush => end_of_message(self.stage)?,
                Packet::Delimiter => end_of_section(self.stage)?,
                Packet::ResponseEnd => self.stage,
            };
        }
        Ok(())
    }

    /// Whether all has come, and where the history was cut.
    pub(crate) fn finish(self) -> Result<ShallowUpdate, Fault> {
        if self.stage != Stage::Done || !self.decoder.is_empty() {
            return Err(Fault::Broken("its pack is cut short"));
        }
        Ok(self.update)
    }
}

fn data_at(
    stage: Stage,
    data: &[u8],
    update: &mut ShallowUpdate,
    pack: &mut Vec<u8>,
) -> Result<Stage, Fault> {
    match stage {
        Stage::Section => Ok(match text(data) {
            b"packfile" => Stage::Pack,
            b"shallow-info" => Stage::ShallowInfo,
            _ => Stage::Ignored,
        }),
        Stage::Ignored => Ok(stage),
        Stage::ShallowInfo | Stage::ShallowLines => {
            shallow_line(text(data), update)?;
            Ok(stage)
        }
        Stage::Acknowledgements if data.starts_with(b"ACK ") || data.starts_with(b"NAK") => {
            Ok(stage)
        }
        Stage::Acknowledgements | Stage::Pack => band(data, pack),
        Stage::Done => Err(Fault::Broken("it goes on after its end")),
    }
}

fn band(data: &[u8], pack: &mut Vec<u8>) -> Result<Stage, Fault> {
    match data.split_first() {
        Some((1, bytes)) => pack.extend_from_slice(bytes),
        Some((2, _)) => {}
        Some((3, error)) => return Err(said(error)),
        _ => return Err(Fault::Broken("its pack is in no band")),
    }
    Ok(Stage::Pack)
}

fn shallow_line(line: &[u8], update: &mut ShallowUpdate) -> Result<(), Fault> {
    let broken = Fault::Broken("a line on where it cut the history is none");
    let line = std::str::from_utf8(line).map_err(|_| broken.clone())?;
    let (list, id) = match line.split_once(' ') {
        Some(("shallow", id)) => (&mut update.shallow, id),
        Some(("unshallow", id)) => (&mut update.unshallow, id),
        _ => return Err(broken),
    };
    list.push(Id::parse(id).ok_or(broken)?);
    Ok(())
}

fn end_of_message(stage: Stage) -> Result<Stage, Fault> {
    match stage {
        Stage::ShallowLines => Ok(Stage::Acknowledgements),
        Stage::Pack => Ok(Stage::Done),
        Stage::Section
        | Stage::Ignored
        | Stage::ShallowInfo
        | Stage::Acknowledgements
        | Stage::Done => Err(Fault::Broken("it sends no pack")),
    }
}

fn end_of_section(stage: Stage) -> Result<Stage, Fault> {
    match stage {
        Stage::Ignored | Stage::ShallowInfo => Ok(Stage::Section),
        Stage::Section
        | Stage::ShallowLines
        | Stage::Acknowledgements
        | Stage::Pack
        | Stage::Done => Err(Fault::Broken("its sections are out of order")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pktline::{delimiter, flush, line};

    fn band_packet(message: &mut Vec<u8>, band: u8, bytes: &[u8]) {
        message.extend_from_slice(format!("{:04x}", bytes.len() + 5).as_bytes());
        message.push(band);
        message.extend_from_slice(bytes);
    }

    fn version_2() -> Vec<u8> {
        let mut message = Vec::new();
        line(&mut message, "shallow-info");
        line(&mut message, &format!("shallow {}", "a".repeat(40)));
        line(&mut message, &format!("unshallow {}", "b".repeat(40)));
        delimiter(&mut message);
        line(&mut message, "packfile");
        band_packet(&mut message, 2, b"Counting\r");
        band_packet(&mut message, 1, b"PACK");
        band_packet(&mut message, 1, b"rest");
        flush(&mut message);
        message
    }

    fn read(
        mut answer: Answer,
        message: &[u8],
        cut: usize,
    ) -> Result<(Vec<u8>, ShallowUpdate), Fault> {
        let mut pack = Vec::new();
        for chunk in message.chunks(cut) {
            answer.feed(chunk, &mut pack)?;
        }
        Ok((pack, answer.finish()?))
    }

    #[test]
    fn the_pack_and_the_cuts_come_out_however_the_stream_is_cut() {
        for cut in 1..40 {
            let (pack, update) = read(Answer::version_2(), &version_2(), cut).unwrap();
            assert_eq!(pack, b"PACKrest");
            assert_eq!(update.shallow, [Id::parse(&"a".repeat(40)).unwrap()]);
            assert_eq!(update.unshallow, [Id::parse(&"b".repeat(40)).unwrap()]);
        }
    }

    #[test]
    fn an_answer_that_is_cut_short_is_a_fault() {
        let message = version_2();
        for end in 0..message.len() {
            assert!(read(Answer::version_2(), &message[..end], 7).is_err(), "{end}");
        }
    }

    #[test]
    fn version_0_acknowledges_before_the_pack() {
        let mut message = Vec::new();
        line(&mut message, &format!("shallow {}", "a".repeat(40)));
        flush(&mut message);
        line(&mut message, &format!("ACK {} common", "c".repeat(40)));
        line(&mut message, &format!("ACK {}", "c".repeat(40)));
        band_packet(&mut message, 1, b"PACK");
        flush(&mut message);
        let (pack, update) = read(Answer::version_0(true), &message, 9).unwrap();
        assert_eq!((&*pack, update.shallow.len()), (&b"PACK"[..], 1));
    }

    #[test]
    fn what_the_server_says_of_its_failure_is_told() {
        let mut message = Vec::new();
        line(&mut message, "ERR upload-pack: not our ref 01");
        assert_eq!(read(Answer::version_2(), &message, 4), Err(Fault::NotOurs));
        let mut message = Vec::new();
        line(&mut message, "packfile");
        band_packet(&mut message, 3, b"out of memory\n");
        let said = Fault::Said("out of memory".into());
        assert_eq!(read(Answer::version_2(), &message, 4), Err(said));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(Answer::version_2(), &bytes, 5);
            let _ = read(Answer::version_0(true), &bytes, 5);
        }
    }
}
