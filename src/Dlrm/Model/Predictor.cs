using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Predicts click probabilities, with the means or as mean and standard deviation over posterior draws.</summary>
/// <remarks>
/// <code>
/// mean[b] = (1/S) Σ_s p_s[b]      deviation[b] = √( Σ_s (p_s[b] − mean[b])² / (S − 1) )
/// </code>
/// <para>Draw s of a table is the same for every batch: batches of another size give the same predictions.</para>
/// </remarks>
public sealed class Predictor
{
    private readonly DlrmModel _model;
    private readonly ulong _seed;
    private float[] _current = [];
    private double[] _means = [];
    private double[] _squares = [];

    /// <summary>Initializes a new instance of the <see cref="Predictor"/> class.</summary>
    /// <param name="model">The model, used by nobody else meanwhile.</param>
    /// <param name="seed">The seed of the draws.</param>
    public Predictor(DlrmModel model, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _seed = seed;
    }

    /// <summary>Gets a value indicating whether the model has a posterior to draw from; else every standard deviation is 0.</summary>
    public bool HasPosterior => _model.Tensors.Any(tensor => tensor.DrawsFactors);

    /// <summary>Predicts with the posterior means.</summary>
    /// <param name="batch">B samples.</param>
    /// <param name="probabilities">Receives B probabilities.</param>
    public void Predict(Batch batch, Span<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireLength(probabilities.Length, batch.Size);
        _model.UseMeans();
        _model.Forward(batch);
        _model.Probabilities(probabilities);
    }

    /// <summary>Predicts with posterior draws.</summary>
    /// <param name="batch">B samples.</param>
    /// <param name="draws">S, at least 2.</param>
    /// <param name="probabilities">Receives B means.</param>
    /// <param name="deviations">Receives B standard deviations.</param>
    public void Predict(Batch batch, int draws, Span<float> probabilities, Span<float> deviations)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 2);
        RequireLength(probabilities.Length, batch.Size);
        RequireLength(deviations.Length, batch.Size);
        Grow(batch.Size);
        Array.Clear(_means);
        Array.Clear(_squares);
        for (int s = 0; s < draws; s++)
        {
            _model.BeginStep(RandomPurposes.PredictionDraws(_seed, s), pieces: 1);
            _model.Forward(batch);
            _model.Probabilities(_current.AsSpan(0, batch.Size));
            for (int b = 0; b < batch.Size; b++)
            {
                // Welford's update: no difference of two large sums.
                double change = _current[b] - _means[b];
                _means[b] += change / (s + 1);
                _squares[b] += change * (_current[b] - _means[b]);
            }
        }

        for (int b = 0; b < batch.Size; b++)
        {
            probabilities[b] = (float)_means[b];
            deviations[b] = (float)Math.Sqrt(_squares[b] / (draws - 1));
        }

        _model.UseMeans();
    }

    private static void RequireLength(int length, int samples)
    {
        if (length != samples)
        {
            throw new ArgumentException($"There are {samples} samples, but room for {length} results.");
        }
    }

    private void Grow(int samples)
    {
        if (_current.Length < samples)
        {
            _current = new float[samples];
            _means = new double[samples];
            _squares = new double[samples];
        }
    }
}
