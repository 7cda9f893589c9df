using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Planning;

/// <summary>What each worker holds, known before anything is allocated.</summary>
public sealed class WorkerMemoryTests
{
    private const long Gibibyte = 1L << 30;

    /// <summary>The cardinalities of Criteo Kaggle: 33.8 million rows, 4.3·10⁹ parameters at dimension 128.</summary>
    private static readonly ModelInputs Kaggle = new(
        13,
        [.. Enumerable.Range(1, 26).Select(t => $"C{t}")],
        [1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572]);

    [Fact]
    public void Require_DenseKaggleOfDimension128InEightGibibytes_SaysSoAndWhatFits()
    {
        DlrmOptions options = Options(TableKind.Dense, OptimizerKind.RowwiseAdagrad);

        OptionsException one = Assert.Throws<OptionsException>(() => WorkerMemory.Require(options, Kaggle, 1, 8 * Gibibyte));
        OptionsException two = Assert.Throws<OptionsException>(() => WorkerMemory.Require(options, Kaggle, 2, 8 * Gibibyte));

        Assert.Contains("The worker needs 16.2", one.Message, StringComparison.Ordinal);
        Assert.Contains("the memory given is 8.00 GiB; what fits: 3 workers, each with 5.4", one.Message, StringComparison.Ordinal);
        Assert.Contains("low-rank tables (--tables ttm) with", one.Message, StringComparison.Ordinal);
        Assert.Contains("Each of 2 workers needs 8.1", two.Message, StringComparison.Ordinal);
        Assert.Contains("'dlrm plan' shows every tensor", two.Message, StringComparison.Ordinal);
        Assert.Single(two.Problems);
        WorkerMemory.Require(options, Kaggle, 3, 8 * Gibibyte);
        WorkerMemory.Require(Options(TableKind.LowRank, OptimizerKind.RowwiseAdagrad), Kaggle, 2, 8 * Gibibyte);
    }

    [Fact]
    public void Require_StateThatDoesNotFit_NamesTheOptimiserThatDoes()
    {
        OptionsException failure = Assert.Throws<OptionsException>(() => WorkerMemory.Require(Options(TableKind.Dense, OptimizerKind.Adam), Kaggle, 3, 8 * Gibibyte));

        Assert.Contains("training.tableOptimizer.kind rowwiseAdagrad with 5.4", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RowwiseAdagrad)]
    [InlineData(OptimizerKind.Adagrad)]
    [InlineData(OptimizerKind.Adam)]
    public void Of_ThreeWorkers_IsWhatTheModelAllocates(OptimizerKind kind)
    {
        // Batches of one sample: the gradients of touched rows are too few to matter.
        DlrmOptions options = Models.Svi with
        {
            Model = Models.Svi.Model with { Tables = new TableOptions { Kind = TableKind.Dense } },
            Training = Models.Svi.Training with { TableOptimizer = new OptimizerOptions { Kind = kind }, BatchSize = 1 },
            Distributed = new DistributedOptions { MostReplicatedRows = 10 },
        };
        WorkerMemory memory = WorkerMemory.Of(options, Models.Inputs, 3);
        long[] held = Sharding.ShardWorker.Run(3, worker =>
        {
            using DlrmModel model = new(worker.Device, options, Models.Inputs, worker.Exchange);
            return model.Parameters.Sum(parameter => parameter.WorkingBytes + (parameter is ShardedTableParameter table
                ? ShardedRows.LocalRows(table.Rows, worker.Exchange.Worker, 3) * 4 * sizeof(float)
                : parameter.StoredElements * sizeof(float)));
        });

        Assert.InRange(memory.Bytes, held.Max(), held.Max() + (3 * 4 * sizeof(float)));
    }

    [Fact]
    public void Of_OneWorkerOrSmallTables_SpreadsNothing()
    {
        using CpuDevice device = new(1);
        DlrmOptions options = Options(TableKind.Dense, OptimizerKind.Sgd);

        Assert.Equal(0, WorkerMemory.Of(options, Kaggle, 1).SpreadBytes);
        Assert.Equal(0, WorkerMemory.Of(options with { Distributed = new DistributedOptions { MostReplicatedRows = 20_000_000 } }, Kaggle, 2).SpreadBytes);

        // Eight tables have more than 65,536 rows.
        Assert.Equal(16_857_518L * 128 * 4, WorkerMemory.Of(options, Kaggle, 2).SpreadBytes, 40_000d);
    }

    private static DlrmOptions Options(TableKind kind, OptimizerKind optimizer) => new()
    {
        Model = new ModelOptions { EmbeddingDim = 128, BottomMlp = [512, 256, 128], TopMlp = [512, 256], Tables = new TableOptions { Kind = kind } },
        Training = new TrainingOptions { BatchSize = 2048, TableOptimizer = new OptimizerOptions { Kind = optimizer } },
    };
}
