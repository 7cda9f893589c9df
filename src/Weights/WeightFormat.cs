namespace Dlrm.Weights;

/// <summary>The formats of files of weights.</summary>
public enum WeightFormat
{
    /// <summary>PyTorch's zip container, since version 1.6.</summary>
    TorchZip,

    /// <summary>PyTorch's stream of pickles and storages, before version 1.6.</summary>
    TorchLegacy,

    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>One NumPy array.</summary>
    Npy,

    /// <summary>NumPy arrays in a zip container.</summary>
    Npz,

    /// <summary>A table in text, a word and its numbers a line, as GloVe and word2vec write it.</summary>
    TextTable,

    /// <summary>word2vec's binary table: words in text, numbers in float32.</summary>
    Word2VecBinary,
}
