namespace Dlrm.Bench.Kaggle;

/// <summary>What a run of one format came to; times in milliseconds.</summary>
internal sealed record KaggleResult(
    string Format,
    long TensorNumbers,
    long StoredBytes,
    long DenseBytes,
    long WorkingBytes,
    long PeakBytes,
    double Zipf,
    double ZipfLeast,
    double Uniform,
    double UniformLeast,
    double Sweep,
    double Predicted,
    double FirstLoss,
    double LastLoss);
