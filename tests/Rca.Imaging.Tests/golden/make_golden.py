#!/usr/bin/env python3
"""Writes the golden files of Rca.Imaging.Tests into its own folder.

Needs Debian's python3-pil, python3-numpy, python3-torchvision and libturbojpeg0. Everything is drawn here from a fixed seed.
Byte arrays are base64; 16-bit labels are little-endian.
"""
import base64, ctypes, io, json, os, pathlib, struct, zlib
import numpy as np
import torch
import torchvision.transforms.functional as F
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 20, 13
random = np.random.default_rng(0)


def scene(width=WIDTH, height=HEIGHT, channels=3):
    """Smooth colours with an edge and a little noise; the alpha runs from 0 to 255."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [128 + 127 * np.sin(x / (2 + c) + y / (5 - c)) for c in range(min(channels, 3))]
    if channels == 4:
        planes.append(255 * (x + y) / (width + height - 2))
    picture = np.stack(planes, -1) + random.integers(-8, 9, (height, width, channels))
    picture[height // 2:, : width // 3, :3] = 230
    return picture.clip(0, 255).astype(np.uint8)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def write(name, cases):
    text = ",\n".join(json.dumps(case) for case in cases)
    (HERE / name).write_text(f"[\n{text}\n]\n")


# PNG by hand: Pillow writes neither interlaced files nor 16-bit colour.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, colour, bits, palette=None, transparency=None, interlaced=False):
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, CHANNELS[colour])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def rows(part):
        flat = part.reshape(part.shape[0], -1)
        for row in flat:
            if bits == 16:
                yield b"\0" + row.astype(">u2").tobytes()
            elif bits == 8:
                yield b"\0" + row.astype(np.uint8).tobytes()
            else:
                spread = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits:]
                yield b"\0" + np.packbits(spread).tobytes()

    parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    data = b"".join(b"".join(rows(part)) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header)
    if palette is not None:
        body += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if transparency is not None:
        body += chunk(b"tRNS", transparency)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def jpeg(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=92, **options)
    return stream.getvalue()


def turbo_jpeg(array, pixel_format, restart=None):
    """TurboJPEG stores CMYK pixels as YCCK, and sets restart markers on demand."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    if restart:
        os.environ["TJ_RESTART"] = restart
    buffer, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    height, width, channels = array.shape
    pixels = np.ascontiguousarray(array)
    result = library.tjCompress2(
        ctypes.c_void_p(library.tjInitCompress()), pixels.ctypes.data_as(ctypes.c_void_p), width, width * channels, height,
        pixel_format, ctypes.byref(buffer), ctypes.byref(size), 0, 92, 0)
    os.environ.pop("TJ_RESTART", None)
    assert result == 0
    return bytes(buffer[:size.value])


def exif(orientation, order):
    pack = lambda form, *values: struct.pack(order + form, *values)
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = [pack("HHI", 0x010F, 2, 4) + b"abc\0", pack("HHIHH", 0x0112, 3, 1, orientation, 0)]
    return b"Exif\0\0" + head + pack("I", 8) + pack("H", len(entries)) + b"".join(entries) + pack("I", 0)


def pictures():
    rgb, rgba, gray = scene(), scene(channels=4), scene(channels=1)
    deep = random.integers(0, 65536, (HEIGHT, WIDTH, 4)).astype(np.uint16)
    palette = random.integers(0, 256, (16, 3))
    index = random.integers(0, 16, (HEIGHT, WIDTH))
    index_alpha = (np.arange(16) * 17).astype(np.uint8)

    def opaque(array):
        array = array if array.ndim == 3 and array.shape[2] == 3 else np.repeat(array.reshape(HEIGHT, WIDTH, 1), 3, 2)
        return np.concatenate([array, np.full(array.shape[:2] + (1,), 255)], 2).astype(np.uint8)

    def decoded(file):
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        return np.asarray(picture.convert("RGB").convert("RGBA"))

    yield "png-rgb", png(rgb, 2, 8), opaque(rgb), 0
    yield "png-rgb-interlaced", png(rgb, 2, 8, interlaced=True), opaque(rgb), 0
    yield "png-rgba", png(rgba, 6, 8), rgba, 0
    yield "png-rgba-interlaced", png(rgba, 6, 8, interlaced=True), rgba, 0
    yield "png-rgb16", png(deep[..., :3], 2, 16), opaque((deep[..., :3] >> 8)), 0
    yield "png-rgba16", png(deep, 6, 16), (deep >> 8).astype(np.uint8), 0
    yield "png-gray", png(gray, 0, 8), opaque(gray), 0
    yield "png-gray16", png(deep[..., 0], 0, 16), opaque(deep[..., 0] >> 8), 0
    for bits in (1, 2, 4):
        part = random.integers(0, 1 << bits, (HEIGHT, WIDTH))
        yield f"png-gray{bits}", png(part, 0, bits), opaque(part * (255 // ((1 << bits) - 1))), 0
    gray_alpha = np.concatenate([np.repeat(gray, 3, 2), rgba[..., 3:]], 2)
    yield "png-gray-alpha", png(gray_alpha[..., 2:], 4, 8), gray_alpha, 0
    yield "png-palette4", png(index, 3, 4, palette), opaque(palette[index]), 0
    yield "png-palette8-interlaced", png(index, 3, 8, palette, interlaced=True), opaque(palette[index]), 0
    yield "png-palette-transparent", png(index, 3, 8, palette, index_alpha.tobytes()), \
        np.concatenate([palette[index], index_alpha[index][..., None]], 2).astype(np.uint8), 0
    keyed = opaque(gray)
    keyed[gray[..., 0] == 230] = (230, 230, 230, 0)
    yield "png-gray-key", png(gray, 0, 8, transparency=struct.pack(">H", 230)), keyed, 0

    # Another version of the decoder may round differently.
    file = jpeg(Image.fromarray(rgb))
    yield "jpeg-rgb", file, decoded(file), 2
    file = jpeg(Image.fromarray(rgb), progressive=True)
    yield "jpeg-progressive", file, decoded(file), 2
    file = jpeg(Image.fromarray(gray[..., 0]))
    yield "jpeg-gray", file, decoded(file), 2
    file = jpeg(Image.fromarray(rgba, "CMYK"))
    yield "jpeg-cmyk", file, decoded(file), 2
    file = turbo_jpeg(rgba, 11)
    yield "jpeg-ycck", file, decoded(file), 2
    file = turbo_jpeg(rgb, 0, restart="2B")
    assert b"\xff\xdd" in file
    yield "jpeg-restarts", file, decoded(file), 2
    for orientation in range(1, 9):
        file = jpeg(Image.fromarray(rgb), exif=exif(orientation, "<>"[orientation % 2]))
        yield f"jpeg-orientation{orientation}", file, decoded(file), 2


def picture_case(name, file, rgba, tolerance):
    colour, alpha = rgba[..., :3].astype(int), rgba[..., 3:].astype(int)
    over_white = (colour * alpha + 255 * (255 - alpha) + 127) // 255
    return dict(name=name, file=encode(np.frombuffer(file, np.uint8)), width=rgba.shape[1], height=rgba.shape[0],
                rgba=encode(rgba), rgb=encode(over_white.astype(np.uint8)), tolerance=tolerance)


def label_cases():
    palette = random.integers(0, 256, (256, 3))
    for colour, kind in ((3, "palette"), (0, "gray")):
        for bits in (1, 2, 4, 8, 16):
            if (colour, bits) == (3, 16):
                continue
            for interlaced in (False, True):
                top = (1 << bits) - 1
                stored = random.integers(0, top + 1, (HEIGHT, WIDTH))
                stored[2:4, 3:7] = top
                labels = np.where((bits >= 8) & (stored == top), 65535, stored)
                file = png(stored, colour, bits, palette[:top + 1] if colour == 3 else None, interlaced=interlaced)
                yield dict(name=f"{kind}{bits}{'-interlaced' if interlaced else ''}", file=encode(np.frombuffer(file, np.uint8)),
                           width=WIDTH, height=HEIGHT, labels=encode(labels.astype("<u2")))


def resize_cases():
    for channels, width, height in ((1, 23, 17), (3, 23, 17), (4, 23, 17), (3, 50, 40)):
        source = scene(width, height, channels)
        for size in ((8, 5), (46, 40), (width, height), (1, 1), (7, 40), (64, 3)):
            if channels == 4:
                # Pillow premultiplies in 8 bits, which loses faint colours; its float mode is the exact reference.
                alpha = source[..., 3:].astype(np.float32)
                planes = np.concatenate([source[..., :3] * alpha, alpha], 2)
                planes = np.stack([np.asarray(Image.fromarray(planes[..., c]).resize(size, Image.BILINEAR)) for c in range(4)], -1)
                with np.errstate(divide="ignore", invalid="ignore"):
                    colour = np.nan_to_num(planes[..., :3] / planes[..., 3:])
                result = np.concatenate([colour, planes[..., 3:]], 2).round().clip(0, 255).astype(np.uint8)
            else:
                picture = Image.fromarray(source[..., 0] if channels == 1 else source)
                result = np.asarray(picture.resize(size, Image.BILINEAR))
            yield dict(name=f"{channels}x{width}x{height}-to-{size[0]}x{size[1]}", channels=channels, width=width, height=height,
                       source=encode(source), newWidth=size[0], newHeight=size[1], result=encode(result))


def nearest_cases():
    source = random.integers(0, 65536, (17, 23)).astype(np.int32)
    for size in ((8, 5), (46, 40), (23, 17), (1, 1), (7, 40), (64, 3)):
        result = np.asarray(Image.fromarray(source, "I").resize(size, Image.NEAREST))
        yield dict(name=f"{size[0]}x{size[1]}", width=23, height=17, source=encode(source.astype("<u2")),
                   newWidth=size[0], newHeight=size[1], result=encode(result.astype("<u2")))


def jitter_cases():
    source = np.concatenate([scene(24, 10), random.integers(0, 256, (8, 24, 3)).astype(np.uint8)])
    source[0, :3] = [[0, 0, 0], [255, 255, 255], [7, 7, 7]]
    for brightness, contrast, saturation, hue in (
            (1, 1, 1, 0), (0.6, 1, 1, 0), (1.7, 1, 1, 0), (1, 0.5, 1, 0), (1, 1.6, 1, 0), (1, 1, 0, 0), (1, 1, 1.8, 0),
            (1, 1, 1, 0.1), (1, 1, 1, -0.37), (1, 1, 1, 0.5), (1.3, 0.8, 1.4, -0.08)):
        tensor = torch.from_numpy(source).permute(2, 0, 1)
        tensor = F.adjust_brightness(tensor, brightness)
        tensor = F.adjust_contrast(tensor, contrast)
        tensor = F.adjust_saturation(tensor, saturation)
        tensor = F.adjust_hue(tensor, hue)
        yield dict(name=f"b{brightness} c{contrast} s{saturation} h{hue}", width=24, height=18, source=encode(source),
                   brightness=brightness, contrast=contrast, saturation=saturation, hue=hue,
                   result=encode(tensor.permute(1, 2, 0).numpy()))


write("pictures.json", [picture_case(*case) for case in pictures()])
write("labels.json", list(label_cases()))
write("resize.json", list(resize_cases()))
write("nearest.json", list(nearest_cases()))
write("jitter.json", list(jitter_cases()))
