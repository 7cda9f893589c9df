using Dlrm.Checkpoints;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm;

/// <content>A saved model in a program that only asks it: load, predict.</content>
public sealed partial class DlrmModel
{
    private const int PredictionBatch = 4096;

    private readonly Lock _predicting = new();
    private CpuDevice? _ownDevice;
    private ModelRows? _rows;

    /// <summary>Loads a compact model, that of <c>dlrm train</c> or <c>dlrm compress</c>, for prediction.</summary>
    /// <remarks>Schema and vocabulary beside it are read when raw rows are first predicted. <see cref="PrepareInference"/> makes later lookups faster for some memory.</remarks>
    /// <param name="folder">The model's folder, or the run folder that has it.</param>
    /// <param name="device">Where the model will live, the caller's to dispose; null: a device of its own with one thread for each processor.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">There is no model, or a file is missing, damaged, or not what the description says.</exception>
    public static DlrmModel Load(string folder, IDevice? device = null)
    {
        string found = CompactModel.Find(folder);
        CpuDevice? own = device is null ? new CpuDevice(Environment.ProcessorCount) : null;
        try
        {
            DlrmModel model = CompactModel.Load(found, device ?? own!);
            model._ownDevice = own;
            model._rows = new ModelRows(found, CompactModel.Describe(found).DatasetFingerprint);
            return model;
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    /// <summary>Predicts click probabilities of a batch, with the posterior means.</summary>
    /// <remarks>Any thread may call it; calls wait for one another.</remarks>
    /// <param name="batch">B samples; their labels are not looked at.</param>
    /// <returns>B probabilities.</returns>
    /// <exception cref="ArgumentException">The batch has other features than the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside its table.</exception>
    public float[] Predict(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        float[] probabilities = new float[batch.Size];
        if (probabilities.Length > 0)
        {
            lock (_predicting)
            {
                new Predictor(this, 0).Predict(batch, probabilities);
            }
        }

        return probabilities;
    }

    /// <summary>Predicts click probabilities of samples with one id for each sparse feature.</summary>
    /// <param name="dense">The dense features as the model is fed (after the dataset's transform), row-major (B, <see cref="ModelInputs.DenseFeatures"/>).</param>
    /// <param name="ids">The ids, row-major (B, sparse features), each in [0, <see cref="ModelInputs.Cardinalities"/>).</param>
    /// <returns>B probabilities.</returns>
    /// <exception cref="ArgumentException">The lengths don't make whole samples of the model's features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside its table.</exception>
    public float[] Predict(ReadOnlySpan<float> dense, ReadOnlySpan<long> ids)
    {
        int features = Inputs.DenseFeatures;
        int tables = Inputs.Names.Count;
        int samples = tables > 0 ? ids.Length / tables : dense.Length / features;
        if (dense.Length != (long)samples * features || ids.Length != (long)samples * tables)
        {
            throw new ArgumentException($"There are {dense.Length} dense values and {ids.Length} ids; a sample of this model has {features} and {tables}.");
        }

        float[] probabilities = new float[samples];
        Batch batch = new(features, tables);
        for (int first = 0; first < samples; first += PredictionBatch)
        {
            int count = Math.Min(PredictionBatch, samples - first);
            batch.Resize(count);
            batch.Labels.Clear();
            dense.Slice(first * features, count * features).CopyTo(batch.Dense);
            for (int t = 0; t < tables; t++)
            {
                JaggedIndices bags = batch.Sparse[t];
                bags.Resize(count, count, isWeighted: false);
                for (int b = 0; b < count; b++)
                {
                    bags.Indices[b] = ids[((first + b) * tables) + t];
                    bags.Offsets[b] = b;
                }

                bags.Offsets[count] = count;
            }

            Predict(batch).CopyTo(probabilities, first);
        }

        return probabilities;
    }

    /// <summary>Predicts click probabilities of raw rows, through the schema and vocabulary beside the model.</summary>
    /// <remarks>
    /// <code>model.Predict([new Dictionary&lt;string, string?&gt; { ["I1"] = "3", ["C1"] = "68fd1e64" }])</code>
    /// <para>A missing key, null and the empty text are missing values; a value that the vocabulary does not know counts as a rare one.</para>
    /// </remarks>
    /// <param name="rows">Values by the names of their features; numbers as invariant text.</param>
    /// <returns>One probability a row.</returns>
    /// <exception cref="InvalidOperationException">The model was not loaded by <see cref="Load(string, IDevice?)"/>.</exception>
    public float[] Predict(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows)
    {
        if (_rows is null)
        {
            throw new InvalidOperationException($"Only a model that {nameof(DlrmModel)}.{nameof(Load)}(folder) gave knows what raw values mean.");
        }

        Batch batch;
        lock (_predicting)
        {
            batch = _rows.Encode(rows);
        }

        return Predict(batch);
    }
}
