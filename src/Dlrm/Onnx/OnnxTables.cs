using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Onnx;

/// <summary>Evaluates and pools rows of embedding tables of every kind with the operators of ONNX.</summary>
/// <param name="graph">The graph.</param>
/// <param name="model">The model.</param>
internal sealed class OnnxTables(OnnxGraph graph, DlrmModel model)
{
    private readonly OnnxWeights _weights = new(graph);
    private readonly int _dim = model.Options.Model.EmbeddingDim;

    /// <summary>Evaluates the rows of ids.</summary>
    /// <param name="table">The table's position.</param>
    /// <param name="ids">int64 (n).</param>
    /// <returns>(n, D).</returns>
    /// <exception cref="NotSupportedException">A table can't be expressed.</exception>
    internal string Rows(int table, string ids)
    {
        IEmbeddingBag bag = model.Bags[table];
        if (bag.IsSharded)
        {
            throw new NotSupportedException($"The rows of '{bag.Name}' are spread over workers: save the model and export it with one.");
        }

        CompactTable description = CompactTable.Of(model, table);
        if (description.KeptRows > 0)
        {
            ids = graph.Node("Where", [graph.Node("Less", [ids, graph.Scalar(description.KeptRows)]), ids, graph.Scalar(0)]);
        }

        long stored = description.StoredRows;
        switch (description.Kind)
        {
            case TableKind.Zero:
                return Zeros(ids);
            case TableKind.Dense:
                return Gather(bag, 0, ids);
            case TableKind.Hash:
                return Gather(bag, 0, graph.Node("Mod", [ids, graph.Scalar(stored)]));
            case TableKind.FrequentRows:
                return Gather(bag, 0, graph.Node("Min", [ids, graph.Scalar(stored - 1)]));
            case TableKind.QuotientRemainder:
                return graph.Node("Mul", [Gather(bag, 0, graph.Node("Div", [ids, graph.Scalar(stored)])), Gather(bag, 1, graph.Node("Mod", [ids, graph.Scalar(stored)]))]);
            case TableKind.LowRank when description.ExactRows == 0:
                return Tensor(bag, ids);
            case TableKind.LowRank:
                string exact = graph.Scalar(description.ExactRows);
                string isExact = graph.Node("Unsqueeze", [graph.Node("Less", [ids, exact]), graph.Vector(1)]);
                string rest = Tensor(bag, graph.Node("Max", [graph.Node("Sub", [ids, exact]), graph.Scalar(0)]));
                return graph.Node("Where", [isExact, Gather(bag, 0, graph.Node("Min", [ids, graph.Scalar(description.ExactRows - 1)])), rest]);
            case TableKind.Auto:
            default:
                throw new NotSupportedException($"'{bag.Name}' is a table of kind {description.Kind}, for which no ONNX operators are known: write dense matrices with 'dlrm expand'.");
        }
    }

    /// <summary>Pools the rows of bags.</summary>
    /// <remarks>The bag of a position is the number of bags that end at or before it: ones at the ends, summed up.</remarks>
    /// <param name="table">The table's position.</param>
    /// <param name="indices">int64 (n).</param>
    /// <param name="offsets">int64 (B + 1).</param>
    /// <param name="weights">float (n), or null.</param>
    /// <returns>(B, D).</returns>
    internal string Pool(int table, string indices, string offsets, string? weights)
    {
        string count = graph.Node("Shape", [indices]);
        string ends = graph.Node("Slice", [offsets, graph.Vector(1), graph.Vector(long.MaxValue), graph.Vector(0)]);
        string bags = graph.Node("Shape", [ends]);
        string marks = graph.Node(
            "ScatterND", [graph.Node("Expand", [graph.Scalar(0), graph.Node("Add", [count, graph.Vector(1)])]), graph.Node("Unsqueeze", [ends, graph.Vector(1)]), graph.Node("Expand", [graph.Scalar(1), bags])], ("reduction", "add"));
        string bagOf = graph.Node("Slice", [graph.Node("CumSum", [marks, graph.Scalar(0)]), graph.Vector(0), count, graph.Vector(0)]);
        string rows = Rows(table, indices);
        if (weights is not null)
        {
            rows = graph.Node("Mul", [rows, graph.Node("Unsqueeze", [weights, graph.Vector(1)])]);
        }

        string sums = graph.Node("ScatterND", [Zeros(ends), graph.Node("Unsqueeze", [bagOf, graph.Vector(1)]), rows], ("reduction", "add"));
        if (model.Options.Model.TableOf(model.Inputs.Names[table]).Pooling == PoolingType.Sum)
        {
            return sums;
        }

        string lengths = graph.Node("Sub", [ends, graph.Node("Slice", [offsets, graph.Vector(0), graph.Vector(-1), graph.Vector(0)])]);
        string divisors = graph.Node("Cast", [graph.Node("Max", [lengths, graph.Scalar(1)])], ("to", (long)OnnxType.Float));
        return graph.Node("Div", [sums, graph.Node("Unsqueeze", [divisors, graph.Vector(1)])]);
    }

    /// <summary>Makes zeros (n, D) for a vector of n numbers.</summary>
    private string Zeros(string vector) =>
        graph.Node("Expand", [graph.Number(0), graph.Node("Concat", [graph.Node("Shape", [vector]), graph.Vector(_dim)], ("axis", 0L))]);

    private string Tensor(IEmbeddingBag bag, string ids) => bag.Tensor!.IsZero ? Zeros(ids) : new OnnxLowRank(graph, _weights).Rows(bag.Tensor, ids, model.Options.Model.Storage.Of(bag.Tensor));

    private string Gather(IEmbeddingBag bag, int parameter, string rows)
    {
        TableParameter stored = (TableParameter)bag.Parameters[parameter];
        long[] dimensions = [stored.Table.Rows, stored.Table.Columns];
        return graph.Node("Gather", [_weights.Add(stored.Name, dimensions, dimensions, stored.Value, model.Options.Model.Storage.Of(stored)), rows]);
    }
}
