"""Makes the feature indexes and centres on which retrieval is tested, and what faiss and scikit-learn do with them.

    python make_retrieval.py        # writes files beside this one

Made with faiss-cpu 1.15.1, scikit-learn 1.9.1, numpy 2.4.6. The blends follow the formulas of RVC's
infer/vc/pipeline.py and So-VITS-SVC's inference/infer_tool.py. kmeans.pt is written as torch.save does (a zip, stored,
with a pickle of protocol 2), so that torch is not needed. Features lie in clusters that overlap, as real ones do, so that near vectors stand in lists
which are not searched; the script fails if none does.
"""

import io
import json
import pickle
import zipfile
from pathlib import Path

import faiss
import numpy as np
from sklearn.cluster import KMeans

HERE = Path(__file__).parent
# Wide enough for whole vectors of lanes and a rest.
WIDTH = 20
QUERIES = 13

rng = np.random.default_rng(52468)
faiss.omp_set_num_threads(1)


def features(count):
    centres = rng.standard_normal((6, WIDTH)) * 0.5
    return (centres[rng.integers(0, 6, count)] + rng.standard_normal((count, WIDTH))).astype(np.float32)


def ivf(vectors, lists, probes=1):
    index = faiss.index_factory(WIDTH, f"IVF{lists},Flat")
    faiss.extract_index_ivf(index).nprobe = probes
    index.cp.min_points_per_centroid = 1
    index.train(vectors)
    return index


def bytes_of(index):
    return faiss.serialize_index(index).tobytes()


def blend(index, vectors, queries, rate):
    score, ids = index.search(queries, k=8)
    weight = np.square(1 / score)
    weight /= weight.sum(axis=1, keepdims=True)
    retrieved = np.sum(vectors[ids] * np.expand_dims(weight, axis=2), axis=1)
    return rate * retrieved + (1 - rate) * queries


def flat(array):
    return [float(value) for value in np.asarray(array, np.float32).reshape(-1)]


def save(name, content):
    (HERE / name).write_bytes(content)


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def torch_zip(value):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:
        for name, content in [
            ("data.pkl", pickle.dumps(value, protocol=2)),
            ("byteorder", b"little"),
            ("version", b"3\n"),
        ]:
            made.writestr(zipfile.ZipInfo(f"kmeans/{name}", (1980, 1, 1, 0, 0, 0)), content)
    return file.getvalue()


def case(file, index, vectors, queries):
    score, ids = index.search(queries, k=8)
    there = ids >= 0  # faiss gives -1 where the lists hold fewer than 8
    return {
        "file": file,
        "scores": flat(score[there]),
        "ids": [int(value) for value in ids[there]],
        "blends": [
            {"rate": rate, "content": flat(blend(index, vectors, queries, rate))} for rate in (0.3, 1.0)
        ],
    }


vectors = features(120)
queries = (vectors[rng.integers(0, 120, QUERIES)] + rng.standard_normal((QUERIES, WIDTH)) * 0.3).astype(np.float32)
cases = []

trained = ivf(vectors, 5)
save("trained.index", bytes_of(trained))
trained.add(vectors)
save("added.index", bytes_of(trained))
cases.append(case("added.index", trained, vectors, queries))

probing = ivf(vectors, 5, probes=2)
probing.add(vectors)
probing.make_direct_map()
save("probing.index", bytes_of(probing))
cases.append(case("probing.index", probing, vectors, queries))

exact = faiss.knn(queries, vectors, 8)[1]
by_probes = [index.search(queries, 8)[1] for index in (trained, probing)]
assert (by_probes[0] != by_probes[1]).any() and (by_probes[1] != exact).any()

# Most lists empty: their sizes are written as pairs.
sparse = faiss.IndexIVFFlat(faiss.IndexFlatL2(WIDTH), WIDTH, 24)
sparse.cp.min_points_per_centroid = 1
sparse.train(vectors)
sparse.add(vectors[:3])
save("sparse.index", bytes_of(sparse))
assert b"sprs" in bytes_of(sparse)

plain = faiss.IndexFlatL2(WIDTH)
plain.add(vectors)
save("flat.index", bytes_of(plain))
cases.append(case("flat.index", plain, vectors, queries))
save("total_fea.npy", npy(vectors))
cases.append(case("total_fea.npy", plain, vectors, queries))

mapped = faiss.IndexIDMap(faiss.IndexFlatL2(WIDTH))
mapped.add_with_ids(vectors, np.arange(120) * 3 + 1000)
save("mapped.index", bytes_of(mapped))
found = case("flat.index", plain, vectors, queries)
cases.append(found | {"file": "mapped.index", "ids": [value * 3 + 1000 for value in found["ids"]]})

product = faiss.IndexFlatIP(WIDTH)
product.add(vectors[:2])
save("product.index", bytes_of(product))
quantised = faiss.index_factory(WIDTH, "SQ8")
quantised.train(vectors)
save("quantised.index", bytes_of(quantised))

save("feature_and_index.pkl", pickle.dumps({0: trained, 3: probing}))

centres = [
    KMeans(n_clusters=7, n_init=1, random_state=number).fit(features(90)) for number in range(2)
]
arrays = [model.cluster_centers_.astype(np.float32) for model in centres]
save("KMeans.npy", npy(np.concatenate(arrays)))
save("kmeans_v2.npy", npy(np.stack(arrays), (2, 0)))
save(
    "kmeans.pt",
    torch_zip(
        {
            name: {"n_features_in_": WIDTH, "_n_threads": 4, "cluster_centers_": array}
            for name, array in zip(("Ann", "Ben"), (arrays[0], arrays[1].astype(np.float64)))
        }
    ),
)


def nearest(model, rate):
    return flat(rate * model.cluster_centers_[model.predict(queries)] + (1 - rate) * queries)


# protect, as in RVC: 20 ms rows doubled to 10 ms, F0 in Hz.
f0 = np.array([0.0, 110.0, 0.5, 1.0, 220.0, 0.0], np.float32)
after, before = queries[:3].repeat(2, axis=0), queries[3:6].repeat(2, axis=0)
protected = []
for amount in (0.0, 0.33, 0.5):
    result = after
    if amount < 0.5:
        pitchff = f0.copy()
        pitchff[f0 > 0] = 1
        pitchff[f0 < 1] = amount
        pitchff = pitchff[:, None]
        result = after * pitchff + before * (1 - pitchff)
    protected.append({"amount": amount, "content": flat(result)})

expected = {
    "dim": WIDTH,
    "queries": flat(queries),
    "indexes": cases,
    "centres": [nearest(model, 0.4) for model in centres],
    "f0": flat(f0),
    "protected": protected,
}
(HERE / "retrieval.json").write_text(json.dumps(expected) + "\n")
