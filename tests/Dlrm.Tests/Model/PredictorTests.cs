using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Metrics;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Model;

public sealed class PredictorTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Predict_Draws_HaveTheMeanAndDeviationOfTheirProbabilities()
    {
        using DlrmModel model = Make(InferenceKind.Svi);
        Batch batch = Read(40);
        float[] means = new float[40];
        float[] deviations = new float[40];
        new Predictor(model, seed: 9).Predict(batch, 16, means, deviations);

        double[][] draws = new double[16][];
        for (int s = 0; s < 16; s++)
        {
            float[] probabilities = new float[40];
            model.BeginStep(RandomPurposes.PredictionDraws(9, s), pieces: 1);
            model.Forward(batch);
            model.Probabilities(probabilities);
            draws[s] = Array.ConvertAll(probabilities, value => (double)value);
        }

        for (int b = 0; b < 40; b++)
        {
            double mean = draws.Average(draw => draw[b]);
            double deviation = Math.Sqrt(draws.Sum(draw => Math.Pow(draw[b] - mean, 2)) / 15);
            Assert.Equal(mean, means[b], 1e-7);
            Assert.Equal(deviation, deviations[b], 1e-7);
        }

        Assert.Contains(deviations, deviation => deviation > 1e-4);
    }

    [Fact]
    public void Predict_OneSampleAtATime_UsesTheSameDraws()
    {
        using DlrmModel model = Make(InferenceKind.Svi);
        Predictor predictor = new(model, seed: 9);
        float[] means = new float[40];
        float[] deviations = new float[40];
        predictor.Predict(Read(40), 4, means, deviations);
        using ClickSource source = new(40, 1, seed: 7);
        for (int b = 0; source.TryRead(out Batch one); b++)
        {
            float[] mean = new float[1];
            float[] deviation = new float[1];
            predictor.Predict(one, 4, mean, deviation);
            Assert.Equal(means[b], mean[0], 1e-6);
            Assert.Equal(deviations[b], deviation[0], 1e-6);
        }
    }

    [Fact]
    public void Predict_FixedRanks_HasNoDeviationAndTheProbabilitiesOfTheMeans()
    {
        using DlrmModel model = Make(InferenceKind.FixedRanks);
        Predictor predictor = new(model, seed: 9);
        Batch batch = Read(40);
        float[] means = new float[40];
        float[] deviations = new float[40];
        float[] plain = new float[40];
        predictor.Predict(batch, 3, means, deviations);
        predictor.Predict(batch, plain);
        Assert.False(predictor.HasPosterior);
        Assert.All(deviations, deviation => Assert.Equal(0, deviation));
        Assert.Equal(plain, means);
    }

    [Fact]
    public void Predict_TooLittleRoom_NamesBothLengths()
    {
        using DlrmModel model = Make(InferenceKind.Svi);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new Predictor(model, 1).Predict(Read(4), new float[3]));
        Assert.Equal("There are 4 samples, but room for 3 results.", exception.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Predictor(model, 1).Predict(Read(4), 1, new float[4], new float[4]));
    }

    [Fact]
    public void Evaluate_Draws_MeasuresTheMeanPredictions()
    {
        using DlrmModel model = Make(InferenceKind.Svi);
        using LocalCommunicator communicator = new();
        using ClickSource source = new(40, 16, seed: 7);
        Batch batch = Read(40);
        float[] means = new float[40];
        new Predictor(model, seed: 9).Predict(batch, 4, means, new float[40]);
        ClassificationMetrics expected = new();
        expected.Add(means, batch.Labels);

        MetricsResult measured = Evaluator.Evaluate(model, source, communicator, draws: 4, seed: 9);

        Assert.Equal(expected.Compute().LogLoss, measured.LogLoss, 1e-6);
        Assert.NotEqual(Evaluator.Evaluate(model, source, communicator).LogLoss, measured.LogLoss, 1e-6);
    }

    private static Batch Read(int count)
    {
        using ClickSource source = new(40, count, seed: 7);
        source.TryRead(out Batch batch);
        return batch;
    }

    private DlrmModel Make(InferenceKind inference) => new(
        _device,
        Models.Svi with { RankPrior = Models.Svi.RankPrior with { Inference = inference, InitialDeviation = 0.3 } },
        Models.Inputs);
}
