using System.Globalization;
using Dlrm.TestSupport;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Real checkpoints against what an independent reader found in them.</summary>
public sealed class CheckpointTests
{
    /// <summary>Gets the PyTorch checkpoints and what kind each is.</summary>
    public static TheoryData<string, WeightFormat> TorchFiles => new()
    {
        { "deepctr_torch_whole_model_legacy.ckpt", WeightFormat.TorchLegacy },
        { "deepfm_criteo2k_legacy.pth", WeightFormat.TorchLegacy },
        { "deepfm_criteo2k_zip.pth", WeightFormat.TorchZip },
        { "deepfm_douban.pt", WeightFormat.TorchZip },
        { "deepfm_movielens_latest_small.pth", WeightFormat.TorchZip },
        { "ffm_whole_model_legacy.pt", WeightFormat.TorchLegacy },
        { "fm_whole_model_legacy.pt", WeightFormat.TorchLegacy },
        { "fuxictr_AutoInt_avazu.model", WeightFormat.TorchZip },
        { "fuxictr_DeepFM_avazu.model", WeightFormat.TorchZip },
        { "fuxictr_DeepFM_frappe.model", WeightFormat.TorchZip },
        { "fuxictr_DeepFM_frappe_small.model", WeightFormat.TorchZip },
        { "fuxictr_FM_avazu.model", WeightFormat.TorchZip },
        { "fuxictr_WideDeep_taobao_tiny.model", WeightFormat.TorchZip },
        { "lightgcn_douban.pt", WeightFormat.TorchZip },
        { "sasrec_ml1m_epoch1000.pth", WeightFormat.TorchZip },
        { "sasrec_ml1m_epoch601.pth", WeightFormat.TorchZip },
        { "spotlight_sequence_ml100k_legacy.pt", WeightFormat.TorchLegacy },
        { "two_tower_kuairec.pt", WeightFormat.TorchZip },
    };

    /// <summary>Gets the safetensors files.</summary>
    public static TheoryData<string> SafetensorsFiles =>
        ["mnist_tinygrad.safetensors", "model2vec_float16.safetensors", "model2vec_float32.safetensors", "model2vec_int8.safetensors", "model2vec_vocab-quantized.safetensors"];

    /// <summary>Names, types, shapes, bytes and first values of every tensor of a PyTorch checkpoint.</summary>
    /// <param name="name">The file.</param>
    /// <param name="format">Its kind.</param>
    [SkippableTheory]
    [MemberData(nameof(TorchFiles))]
    public void Open_TorchCheckpoint_HasTheExpectedTensors(string name, WeightFormat format)
    {
        string path = SharedData.Require(Path.Combine("checkpoints-torch", name));
        ExpectedTensor[] expected = ExpectedTensor.ReadAll(path + ".tensors.tsv");

        using WeightFile file = WeightFile.Open(path);

        Assert.Equal(format, file.Format);
        ExpectedTensor[] actual = [.. file.Tensors.Select(ExpectedTensor.Of)];
        Assert.Equal(expected.Select(static tensor => tensor with { First = string.Empty }), actual.Select(static tensor => tensor with { First = string.Empty }));
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(Numbers(pair.First), Numbers(pair.Second), static (left, right) => Math.Abs(left - right) <= 1e-7 * Math.Abs(left)));
    }

    /// <summary>No file of the folder goes untested.</summary>
    [SkippableFact]
    public void TorchFiles_OfTheSharedData_AreAllListed()
    {
        string folder = SharedData.Require("checkpoints-torch");

        string[] files = [.. Directory.GetFiles(folder, "*.tensors.tsv").Select(static path => Path.GetFileName(path)[..^".tensors.tsv".Length]).Order(StringComparer.Ordinal)];

        Assert.Equal(files, TorchFiles.Select(static row => (string)row[0]).Order(StringComparer.Ordinal));
    }

    /// <summary>Types, shapes and bytes of every tensor of a safetensors file, as its SOURCE.txt has them.</summary>
    /// <param name="name">The file.</param>
    [SkippableTheory]
    [MemberData(nameof(SafetensorsFiles))]
    public void Open_Safetensors_HasTheExpectedTensors(string name)
    {
        string path = SharedData.Require(Path.Combine("checkpoints-safetensors", name));
        string[] expected = [.. File.ReadLines(SharedData.Require("checkpoints-safetensors/SOURCE.txt"))
            .SkipWhile(line => line != "file: " + name).Skip(1).TakeWhile(static line => !line.StartsWith("file: ", StringComparison.Ordinal))
            .Where(static line => line.StartsWith("  tensor ", StringComparison.Ordinal)).Select(static line => line.Trim())];

        using WeightFile file = WeightFile.Open(path);

        Assert.Equal(WeightFormat.Safetensors, file.Format);
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), file.Tensors.Select(static tensor => $"tensor {tensor.Name} {Short(tensor.Type)} [{string.Join(", ", tensor.Shape)}] sha256 {tensor.Sha256()}").Order(StringComparer.Ordinal));
    }

    /// <summary>The same state saved in both containers.</summary>
    [SkippableFact]
    public void Open_ZipAndLegacyTwins_AreEqual()
    {
        using WeightFile zip = WeightFile.Open(SharedData.Require("checkpoints-torch/deepfm_criteo2k_zip.pth"));
        using WeightFile legacy = WeightFile.Open(SharedData.Require("checkpoints-torch/deepfm_criteo2k_legacy.pth"));

        Assert.Equal(zip.Tensors.Select(ExpectedTensor.Of), legacy.Tensors.Select(ExpectedTensor.Of));
    }

    /// <summary>The classes of a whole model are named and not understood; a state_dict has none.</summary>
    [SkippableFact]
    public void Opaque_OfAWholeModel_NamesItsClasses()
    {
        using WeightFile model = WeightFile.Open(SharedData.Require("checkpoints-torch/deepctr_torch_whole_model_legacy.ckpt"));
        using WeightFile state = WeightFile.Open(SharedData.Require("checkpoints-torch/deepfm_criteo2k_zip.pth"));

        Assert.Contains(new OpaqueNode("deepctr_torch.models.deepfm.DeepFM", 1), model.Opaque);
        Assert.Contains(new OpaqueNode("sklearn.metrics.ranking.roc_auc_score", 0), model.Opaque);
        Assert.Empty(state.Opaque);
    }

    private static IEnumerable<double> Numbers(ExpectedTensor tensor) =>
        tensor.First.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static text => double.Parse(text, CultureInfo.InvariantCulture));

    private static string Short(ElementType type) => type switch
    {
        ElementType.Float64 => "F64",
        ElementType.Float32 => "F32",
        ElementType.Float16 => "F16",
        ElementType.Int32 => "I32",
        ElementType.Int8 => "I8",
        _ => type.ToString(),
    };
}
