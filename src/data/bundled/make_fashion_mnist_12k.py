"""Makes the four fashion-mnist-12k-*.gz files beside this script from the full Fashion-MNIST.

    python3 make_fashion_mnist_12k.py [FOLDER]

FOLDER holds the four files of https://github.com/zalandoresearch/fashion-mnist (default: where Debian's
package `dataset-fashion-mnist` puts them). Only the standard library is used.

The rule: of each class the first 1,000 training images and the first 200 test images, and what is kept stays in
file order. There is no random generator in it, so anyone can repeat it in any language; the files were shuffled by
their authors, so the first ones are as good a sample as any.
"""

import gzip
import io
import struct
import sys
from pathlib import Path

CLASSES = 10
PARTS = [("train", 1000), ("t10k", 200)]


def read(path, dimensions):
    """The sizes in the header of a gzip IDX file of unsigned bytes, and what follows the header."""
    data = gzip.decompress(path.read_bytes())
    header = 4 + 4 * dimensions
    magic, *sizes = struct.unpack(f">{1 + dimensions}I", data[:header])
    assert magic == 0x0800 + dimensions, f"{path}: magic {magic:#010x}"
    return sizes, data[header:]


def write(path, sizes, body):
    """A gzip IDX file without time, name or system in its gzip header: the same input gives the same bytes.

    Another version of zlib may compress differently; README.md therefore lists the digest of the content too.
    """
    data = struct.pack(f">{1 + len(sizes)}I", 0x0800 + len(sizes), *sizes) + body
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=compressed, mtime=0) as file:
        file.write(data)
    path.write_bytes(compressed.getvalue())
    print(f"{path.name}: {len(data)} bytes, compressed {len(compressed.getvalue())}")


def main():
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist")
    target = Path(__file__).resolve().parent
    for part, per_class in PARTS:
        (count, rows, columns), images = read(source / f"{part}-images-idx3-ubyte.gz", 3)
        (label_count,), labels = read(source / f"{part}-labels-idx1-ubyte.gz", 1)
        assert count == label_count == len(labels), f"{part}: {count} images, {len(labels)} labels"
        size = rows * columns
        assert len(images) == count * size, f"{part}: {len(images)} bytes of images"

        taken = [0] * CLASSES
        kept = []
        for index, label in enumerate(labels):
            if taken[label] < per_class:
                taken[label] += 1
                kept.append(index)
        assert taken == [per_class] * CLASSES, f"{part}: {taken}"

        name = f"fashion-mnist-12k-{part}"
        body = b"".join(images[index * size : (index + 1) * size] for index in kept)
        write(target / f"{name}-images-idx3-ubyte.gz", [len(kept), rows, columns], body)
        write(target / f"{name}-labels-idx1-ubyte.gz", [len(kept)], bytes(labels[index] for index in kept))


if __name__ == "__main__":
    main()
