"""What a file is, and what is taken off it before it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.rules import BrokenPicture, MediaType, tidy_name, type_of, without_notes
from tests.factories.pictures import GPS, PDF, exif, jpeg, png, segment, webp


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (jpeg(), MediaType.JPEG),
        (png(), MediaType.PNG),
        (webp(), MediaType.WEBP),
        (PDF, MediaType.PDF),
        (b"", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!DOCTYPE html><script>alert(1)</script>", None),
        (b"GIF89a", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"PK\x03\x04", None),
    ],
)
def test_content_tells_the_type(content: bytes, found: MediaType | None) -> None:
    assert type_of(content) == found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("way_up", [None, 1, 3, 6, 8])
def test_a_jpeg_keeps_its_way_up_and_no_place(order: str, way_up: int | None) -> None:
    clean = without_notes(jpeg(exif(way_up=way_up, order=order)), MediaType.JPEG)
    assert GPS not in clean
    turned = way_up not in (None, 1)
    assert (b"Exif" in clean) == turned
    expected = jpeg(exif(way_up=way_up, order=">", notes=b"")) if turned else jpeg()
    if turned:
        assert clean[clean.index(b"MM") :][18:20] == bytes([0, way_up or 0])
        assert len(clean) < len(expected)
    else:
        assert clean == expected


def test_a_jpeg_loses_every_other_note_and_keeps_its_colours() -> None:
    colours = [segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), segment(0xE2, b"ICC_PROFILE\0\1\1 colours")]
    colours.append(segment(0xEE, b"Adobe\0"))
    notes = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + GPS),
        segment(0xE2, b"MPF\0" + GPS),
        segment(0xED, b"Photoshop 3.0\0" + GPS),
        segment(0xFE, GPS),
    ]
    second = jpeg(exif(way_up=3))
    clean = without_notes(jpeg(*colours, *notes, behind=second), MediaType.JPEG)
    assert clean == jpeg(*colours)


def test_a_progressive_jpeg_is_followed_over_all_its_scans() -> None:
    more = b"\x44" + segment(0xC4, b"\0" * 20) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x55\xff\x00"
    whole = jpeg(data=more)
    assert without_notes(whole + GPS, MediaType.JPEG) == whole


def test_png_and_webp_lose_their_notes() -> None:
    assert without_notes(png(notes=GPS), MediaType.PNG) == png()
    assert without_notes(png() + GPS, MediaType.PNG) == png()
    assert without_notes(webp(notes=GPS), MediaType.WEBP) == webp()
    assert without_notes(PDF, MediaType.PDF) == PDF


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\xff\xd8\xff", MediaType.JPEG),
        (jpeg()[:-2], MediaType.JPEG),
        (jpeg()[:30], MediaType.JPEG),
        (b"\xff\xd8\xff\xe0\xff\xff" + b"x" * 20, MediaType.JPEG),
        (b"\xff\xd8\xff\xe0\0\0" + b"x" * 20, MediaType.JPEG),
        (png()[:-4], MediaType.PNG),
        (png()[:20], MediaType.PNG),
        (webp()[:12], MediaType.WEBP),
        (webp()[:-2], MediaType.WEBP),
    ],
)
def test_what_cannot_be_cleaned_is_refused(content: bytes, media_type: MediaType) -> None:
    with pytest.raises(BrokenPicture):
        without_notes(content, media_type)


@given(st.sampled_from([jpeg(exif(way_up=6)), png(notes=GPS), webp(notes=GPS)]), st.data())
def test_damaged_pictures_are_cleaned_or_refused_and_nothing_else(
    content: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(4, len(content) - 1))
    damaged = content[:at] + data.draw(st.binary(max_size=4)) + content[at + 1 :]
    media_type = type_of(damaged)
    if media_type is None:
        return
    try:
        clean = without_notes(damaged, media_type)
    except BrokenPicture:
        return
    assert type_of(clean) == media_type


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("户型图.jpg", "户型图.jpg"),
        ("C:\\照片\\大门.png", "大门.png"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("", "file"),
        ("长" * 200 + ".jpg", "长" * 116 + ".jpg"),
    ],
)
def test_a_name_is_shown_without_what_could_mislead(name: str, shown: str) -> None:
    assert tidy_name(name) == shown
