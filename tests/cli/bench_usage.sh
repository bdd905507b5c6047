mkdir empty
millrace bench
millrace bench empty -q
millrace bench nowhere -q
millrace bench "$SAMPLES/bucket" --kernels mmx
millrace bench "$SAMPLES/bucket" --kernels neon,avx2,
millrace bench "$SAMPLES/bucket" -j 0
millrace bench "$SAMPLES/bucket" -j 1..100000
millrace bench "$SAMPLES/bucket" --runs 0
millrace bench "$SAMPLES/bucket" --max-bytes 4G
millrace bench "$SAMPLES/bucket" -q --max-bytes 1
millrace bench "$SAMPLES/bucket" -q --work nowhere
