#!/usr/bin/env python3
"""Writes masks.json: drawn polygons and runs with their masks. Needs Python alone.

The rule of COCO's masks, written out plainly: every point of the walk along the outline is kept. Started with the path of a COCO
instances.json and of a table of pycocotools' results (annotation_id first, CRC-32 of the row-major bytes last), it first compares itself
with all annotations there.
"""
import csv, json, math, pathlib, random, sys, zlib

HERE = pathlib.Path(__file__).parent
SCALE = 5


def walk(polygon):
    corners = [(int(SCALE * x + .5), int(SCALE * y + .5)) for x, y in zip(polygon[::2], polygon[1::2])]
    points = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1]):
        dx, dy = abs(x1 - x0), abs(y1 - y0)
        back = x0 > x1 if dx >= dy else y0 > y1
        if back:
            x0, y0, x1, y1 = x1, y1, x0, y0
        edge = ([(x0 + t, int(y0 + (y1 - y0) / dx * t + .5) if dx else y0) for t in range(dx + 1)] if dx >= dy
                else [(int(x0 + (x1 - x0) / dy * t + .5), y0 + t) for t in range(dy + 1)])
        points += edge[::-1] if back else edge
    return points


def fill(polygon, width, height):
    changes = []
    points = walk(polygon)
    for (u0, v0), (u1, v1) in zip(points, points[1:]):
        x = ((u1 if u1 < u0 else u1 - 1) + .5) / SCALE - .5
        if u0 == u1 or x != math.floor(x) or x < 0 or x > width - 1:
            continue
        y = (min(v0, v1) + .5) / SCALE - .5
        changes.append(int(x) * height + math.ceil(min(max(y, 0), height)))
    flips = [0] * (width * height + 1)
    for change in changes:
        flips[change] ^= 1
    mask, value = bytearray(), 0
    for flip in flips[:-1]:  # column by column
        value ^= flip
        mask.append(value)
    return mask


def union(masks):
    return bytearray(max(pixel) for pixel in zip(*masks))


def from_runs(runs):
    return bytearray(value for i, run in enumerate(runs) for value in [i % 2] * run)


def runs_of(mask):
    runs, value = [0], 0
    for pixel in mask:
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    return runs


def rows(mask, width, height):
    return bytes(mask[x * height + y] for y in range(height) for x in range(width))


def compress(runs):
    text = ""
    for i, run in enumerate(runs):
        value = run - runs[i - 2] if i > 2 else run
        while True:
            group = value & 31
            value >>= 5
            more = value != (-1 if group & 16 else 0)
            text += chr(48 + group + 32 * more)
            if not more:
                break
    return text


def compare(instances, table):
    data = json.loads(pathlib.Path(instances).read_text())
    sizes = {image["id"]: (image["width"], image["height"]) for image in data["images"]}
    expected = {int(row[0]): row[-1] for row in list(csv.reader(open(table)))[1:]}
    for annotation in data["annotations"]:
        width, height = sizes[annotation["image_id"]]
        shape = annotation["segmentation"]
        mask = from_runs(shape["counts"]) if isinstance(shape, dict) else union([fill(p, width, height) for p in shape])
        assert f"{zlib.crc32(rows(mask, width, height)):08x}" == expected[annotation["id"]], annotation["id"]
    print(f"{len(data['annotations'])} masks agree")


def cases():
    rng = random.Random(0)

    def polygon(width, height, corners, reach):
        return [round(rng.uniform(-reach, side + reach), rng.choice([0, 1, 2, 15])) for _ in range(corners) for side in (width, height)]

    yield "square", 8, 6, [[2, 1, 5, 1, 5, 4, 2, 4]]
    yield "whole picture", 8, 6, [[0, 0, 8, 0, 8, 6, 0, 6]]
    yield "far outside", 8, 6, [[20, 20, 30, 20, 30, 30]]
    yield "around the picture", 8, 6, [[-50, -50, 60, -50, 60, 60, -50, 60]]
    yield "less than a pixel", 8, 6, [[3.1, 3.1, 3.2, 3.1, 3.2, 3.2]]
    yield "a line", 8, 6, [[1, 1, 6, 4, 1, 1]]
    yield "a corner three times", 8, 6, [[3, 3, 3, 3, 3, 3]]
    yield "a bow tie", 12, 9, [[1, 1, 11, 8, 11, 1, 1, 8]]
    yield "one column", 1, 9, [[0, 1, 1, 1, 1, 7, 0, 7]]
    yield "one row", 9, 1, [[1, 0, 7, 0, 7, 1, 1, 1]]
    yield "two that overlap", 12, 9, [[1, 1, 7, 1, 7, 6, 1, 6], [4, 3, 11, 3, 11, 8, 4, 8]]
    yield "two that touch", 12, 9, [[1, 1, 6, 1, 6, 8, 1, 8], [6, 1, 11, 1, 11, 8, 6, 8]]
    for n in range(40):
        width, height = rng.randint(1, 40), rng.randint(1, 40)
        yield f"random {n}", width, height, [polygon(width, height, rng.randint(3, 12), rng.choice([0, 0, 3, 60])) for _ in range(rng.randint(1, 3))]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        compare(*sys.argv[1:])
    written = []
    for name, width, height, polygons in cases():
        mask = union([fill(p, width, height) for p in polygons])
        runs = runs_of(mask)
        written.append(dict(name=name, width=width, height=height, polygons=polygons, pixels=sum(mask),
                            crc32=f"{zlib.crc32(rows(mask, width, height)):08x}", runs=runs, compressed=compress(runs)))
    text = ",\n".join(json.dumps(case) for case in written)
    (HERE / "masks.json").write_text(f"[\n{text}\n]\n")
