//! Git's framing: packets with their length in front. Source: gitprotocol-common.

/// The most that one packet carries, its four digits of length included.
const PACKET_BYTES_MAX: usize = 65_520;

/// One packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Some bytes.
    Data(&'a [u8]),
    /// The end of a message.
    Flush,
    /// The end of a section of a message.
    Delimiter,
    /// The end of an answer.
    ResponseEnd,
}

/// The bytes are not packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Cuts a stream of bytes into packets.
#[derive(Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// Takes more of the stream.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next packet, if all of it is there.
    pub(crate) fn next(&mut self) -> Result<Option<Packet<'_>>, Malformed> {
        let rest = &self.buffer[self.start..];
        let Some((packet, length)) = packet(rest)? else { return Ok(None) };
        self.start += length;
        Ok(Some(packet))
    }

    /// Whether nothing is left over.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }
}

/// The first packet of some bytes and its length, if all of it is there.
pub(crate) fn packet(bytes: &[u8]) -> Result<Option<(Packet<'_>, usize)>, Malformed> {
    let Some(digits) = bytes.first_chunk::<4>() else { return Ok(None) };
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Malformed);
    }
    match usize::from_str_radix(text, 16).map_err(|_| Malformed)? {
        0 => Ok(Some((Packet::Flush, 4))),
        1 => Ok(Some((Packet::Delimiter, 4))),
        2 => Ok(Some((Packet::ResponseEnd, 4))),
        length @ 4..=PACKET_BYTES_MAX => {
            Ok(bytes.get(4..length).map(|data| (Packet::Data(data), length)))
        }
        _ => Err(Malformed),
    }
}

/// Appends one line as a packet.
pub(crate) fn line(message: &mut Vec<u8>, text: &str) {
    message.extend_from_slice(format!("{:04x}{text}\n", text.len() + 5).as_bytes());
}

/// Appends the end of a section.
pub(crate) fn delimiter(message: &mut Vec<u8>) {
    message.extend_from_slice(b"0001");
}

/// Appends the end of a message.
pub(crate) fn flush(message: &mut Vec<u8>) {
    message.extend_from_slice(b"0000");
}

/// A packet's text without its end of line.
pub(crate) fn text(data: &[u8]) -> &[u8] {
    data.strip_suffix(b"\n").unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every packet of a whole message.
    fn packets(mut bytes: &[u8]) -> Result<Vec<Packet<'_>>, Malformed> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (packet, length) = packet(bytes)?.ok_or(Malformed)?;
            found.push(packet);
            bytes = &bytes[length..];
        }
        Ok(found)
    }

    #[test]
    fn a_message_is_lines_sections_and_an_end() {
        let mut message = Vec::new();
        line(&mut message, "command=fetch");
        delimiter(&mut message);
        flush(&mut message);
        assert_eq!(message, b"0012command=fetch\n00010000");
        let found = packets(&message).unwrap();
        assert_eq!(found, [Packet::Data(b"command=fetch\n"), Packet::Delimiter, Packet::Flush]);
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for bytes in [&b"<htm"[..], b"0003", b"+004", b"fff5", b"ffff", b"00\xff0"] {
            assert_eq!(packet(bytes), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(packets(b"0009a"), Err(Malformed));
    }

    proptest! {
        #[test]
        fn any_cut_of_the_stream_gives_the_same_packets(
            lines in prop::collection::vec("[a-z ]{0,40}", 0..20),
            cut in 1_usize..17,
        ) {
            let mut message = Vec::new();
            for text in &lines {
                line(&mut message, text);
            }
            flush(&mut message);
            let (mut decoder, mut found) = (Decoder::default(), Vec::new());
            for chunk in message.chunks(cut) {
                decoder.feed(chunk);
                while let Some(packet) = decoder.next().unwrap() {
                    if let Packet::Data(data) = packet {
                        found.push(String::from_utf8(text(data).to_vec()).unwrap());
                    }
                }
            }
            prop_assert!(decoder.is_empty());
            prop_assert_eq!(found, lines);
        }

        #[test]
        fn no_bytes_make_it_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = packets(&bytes);
        }
    }
}
