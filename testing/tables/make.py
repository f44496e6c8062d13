"""Makes the Parquet files of this folder again, as pyarrow writes them: pip install pyarrow; python testing/tables/make.py"""
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent
rows = [[float(r * 10 + i) for i in range(3)] for r in range(4)]
plain = {"clip": [f"{r}.wav" for r in range(4)], "time": [0.5, 1.5, 2.5, 3.5], "embedding": rows}

for codec in ["none", "snappy", "zstd", "gzip", "lz4", "brotli"]:
    pq.write_table(pa.table(plain), here / f"{codec}.parquet", compression=codec)
pq.write_table(pa.table({**plain, "time": pa.array([0, 1, 2, 3], pa.int64())}), here / "integer-time.parquet")
pq.write_table(pa.table({**plain, "time": pa.array([0.5, None, 2.5, None])}), here / "empty-time.parquet")
pq.write_table(pa.table({**plain, "clip": pa.array([7, 8, 9, 10], pa.int64())}), here / "integer-clip.parquet")
pq.write_table(pa.table({**plain, "embedding": pa.array([rows[0], None, rows[2], rows[3]])}), here / "empty-embedding.parquet")
pq.write_table(pa.table({**plain, "clip": pa.array(["a", None, "b", "c"])}), here / "empty-clip.parquet")
pq.write_table(pa.table({**plain, "embedding": ["1,2", "3,4", "5,6", "7,8"]}), here / "text-embedding.parquet")
doubles = pa.array(rows, pa.list_(pa.float64(), 3))
pq.write_table(pa.table({"clip": plain["clip"], "embedding": doubles}), here / "fixed-size-list.parquet")
