"""The other side of FetchBenchmark: img2dataset over the same list, at most 256 px out, everything else as it comes.

    python img2dataset_benchmark.py LIST.tsv OUTPUT PROCESSES THREADS PICTURES

Fails unless all pictures were downloaded. FetchBenchmark starts it and measures what it takes.
"""

import json
import os
import pathlib
import sys

# It would ask PyPI for a newer version.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

from img2dataset import download

if __name__ == "__main__":
    list_file, output = sys.argv[1], pathlib.Path(sys.argv[2])
    processes, threads, pictures = (int(argument) for argument in sys.argv[3:6])
    download(
        url_list=list_file,
        input_format="tsv",
        url_col="url",
        caption_col="caption",
        output_folder=str(output),
        output_format="webdataset",
        processes_count=processes,
        thread_count=threads,
        image_size=256,
        resize_mode="keep_ratio_largest",
        resize_only_if_bigger=True,
        number_sample_per_shard=max(1, min(1000, pictures // processes)),
    )
    downloaded = sum(json.loads(stats.read_text())["successes"] for stats in output.glob("*_stats.json"))
    if downloaded != pictures:
        sys.exit(f"{downloaded} of {pictures} pictures were downloaded; see {output}")
