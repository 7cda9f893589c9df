using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Planning;

namespace Dlrm;

/// <summary>A deep learning recommendation model: bottom MLP, embedding bags, dot interaction, top MLP, one logit a sample.</summary>
/// <remarks>
/// <code>
/// x_0 = bottom(dense)   x_t = bag_t(indices_t)   z = top([x_0, x_i · x_j for j &lt; i])   p = 1/(1 + e^-z)
/// loss = (1/B) Σ −y ln p − (1 − y) ln(1 − p)
/// </code>
/// <para>Parameter names: bottom.K.weight (out, in), bottom.K.bias, top.K.weight, top.K.bias, tables.FEATURE; a tensor has one name for each factor.</para>
/// <para>Source: Naumov et al., "Deep Learning Recommendation Model for Personalization and Recommendation Systems", arXiv 1906.00091.</para>
/// </remarks>
public sealed partial class DlrmModel : IDisposable
{
    private readonly LinearScratch _scratch;
    private readonly Mlp? _bottom;
    private readonly Mlp _top;
    private readonly InteractionArch _interaction;
    private readonly GrowingMatrix _dense;
    private readonly GrowingMatrix _labels;
    private readonly GrowingMatrix _logits;
    private readonly GrowingMatrix _logitGradient;
    private readonly GrowingMatrix _probabilities;
    private readonly IEmbeddingBag[] _bags;
    private readonly BayesianTensor[] _tensors;
    private readonly Parameter[] _parameters;
    private readonly Parameter[] _backwardOrder;

    /// <summary>Initializes a new instance of the <see cref="DlrmModel"/> class with random weights.</summary>
    /// <param name="device">Where it lives; stays the caller's.</param>
    /// <param name="options">Its sizes, optimisers, prior and seed; checked here.</param>
    /// <param name="inputs">What it is fed.</param>
    /// <param name="exchange">The workers over which large dense tables are spread (<see cref="DistributedOptions.MostReplicatedRows"/>); null: one.</param>
    /// <exception cref="OptionsException">Options are out of range, name a table that is not there, or have a budget that can't be kept.</exception>
    public DlrmModel(IDevice device, DlrmOptions options, ModelInputs inputs, IRowExchange? exchange = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(inputs);
        string[] problems = [.. options.Problems(), .. UnknownTables(options.Model, inputs), .. Uncounted(options.Model, inputs), .. Unstorable(options, inputs, exchange)];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }

        options = ModelPlanner.Resolve(options, inputs);
        Device = device;
        Options = options;
        Inputs = inputs;
        TrainingOptions training = options.Training;
        RandomStream stream = RandomPurposes.Initialization(training.Seed);
        int dim = options.Model.EmbeddingDim;
        FirstTableVector = inputs.DenseFeatures > 0 ? 1 : 0;
        int count = FirstTableVector + inputs.Names.Count;
        _scratch = new LinearScratch(device);
        if (inputs.DenseFeatures > 0)
        {
            _bottom = MakeMlp("bottom", inputs.DenseFeatures, options.Model.BottomMlp, Activation.Relu, stream.Derive(0));
        }

        _interaction = new InteractionArch(device, count, dim);
        MlpOptions top = options.Model.TopMlp with { Sizes = [.. options.Model.TopMlp.Sizes, 1] };
        _top = MakeMlp("top", InteractionArch.OutputSize(count, dim), top, Activation.None, stream.Derive(1));
        Shards = exchange is null ? null : new RowShards(exchange);
        TableSharding? sharding = Shards is null ? null : new TableSharding(Shards, options.Distributed.MostReplicatedRows);
        _bags = new IEmbeddingBag[inputs.Names.Count];
        for (int t = 0; t < _bags.Length; t++)
        {
            _bags[t] = EmbeddingBagFactory.Create(
                device, $"tables.{inputs.Names[t]}", inputs.Cardinalities[t], dim, options.Model.TableOf(inputs.Names[t]), training.TableOptimizer,
                training.FactorOptimizer, options.RankPrior, stream.Derive(2).Derive((ulong)t), sharding);
        }

        TensorizedLayers = [.. (_bottom?.Layers ?? []).Concat(_top.Layers).OfType<TensorizedLinear>()];
        _tensors = [.. _bags.Select(bag => bag.Tensor).OfType<BayesianTensor>(), .. TensorizedLayers.Select(layer => layer.Tensor)];
        _parameters = [.. _bottom?.Parameters ?? [], .. _top.Parameters, .. _bags.SelectMany(bag => bag.Parameters)];
        _backwardOrder =
        [
            .. _top.Layers.Reverse().SelectMany(layer => layer.Parameters), .. _bags.SelectMany(bag => bag.Parameters),
            .. (_bottom?.Layers ?? []).Reverse().SelectMany(layer => layer.Parameters),
        ];
        _dense = new GrowingMatrix(device, inputs.DenseFeatures);
        _labels = new GrowingMatrix(device, 1);
        _logits = new GrowingMatrix(device, 1);
        _logitGradient = new GrowingMatrix(device, 1);
        _probabilities = new GrowingMatrix(device, 1);
    }

    /// <summary>Gets the device.</summary>
    public IDevice Device { get; }

    /// <summary>Gets the options that it was made with; a budget and automatic formats are replaced by what they came to.</summary>
    public DlrmOptions Options { get; }

    /// <summary>Gets what it is fed.</summary>
    public ModelInputs Inputs { get; }

    /// <summary>Gets the tables whose rows are spread over workers; null when the model was made for one. Whatever saves is called inside <see cref="RowShards.Lead"/>.</summary>
    public RowShards? Shards { get; }

    /// <summary>Gets everything that is trained, always in the same order: bottom MLP, top MLP, tables.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Gets the same parameters in the order in which <see cref="Backward"/> completes their gradients.</summary>
    public IReadOnlyList<Parameter> BackwardOrder => _backwardOrder;

    /// <summary>Gets the tables in the order of the sparse features.</summary>
    public IReadOnlyList<IEmbeddingBag> Bags => _bags;

    /// <summary>Gets the layers of both MLPs whose weights are tensors: bottom, then top.</summary>
    public IReadOnlyList<TensorizedLinear> TensorizedLayers { get; }

    /// <summary>Gets the Bayesian tensors: those behind the tables, then the weights of bottom and top MLP.</summary>
    public IReadOnlyList<BayesianTensor> Tensors => _tensors;

    /// <summary>Gets the bytes of the whole compact model: its numbers and scales as they are stored, vocabulary not included.</summary>
    public long StoredBytes => StoredBytesCounter.Count(_parameters, Options.Model.Storage);

    /// <summary>Gets the bytes of gradients, optimiser state and posterior besides.</summary>
    public long WorkingBytes => _parameters.Sum(parameter => parameter.WorkingBytes);

    /// <summary>Gets the number of samples of the last <see cref="Forward"/>.</summary>
    public int Samples => _logits.View.Rows;

    /// <summary>Gets the position of table 0 among the interaction's vectors: 1 after a bottom MLP, else 0.</summary>
    internal int FirstTableVector { get; }

    /// <summary>Gets the interaction with its features.</summary>
    internal InteractionArch Interaction => _interaction;

    /// <summary>Gets the bottom MLP, or null without dense features.</summary>
    internal Mlp? Bottom => _bottom;

    /// <summary>Gets the top MLP.</summary>
    internal Mlp Top => _top;

    /// <summary>Gets the logits of the last <see cref="Forward"/>, (B, 1).</summary>
    internal Matrix Logits => _logits.View;

    /// <summary>Gets the vectors of no samples.</summary>
    private Matrix Nothing => new(_labels.View.Buffer, 0, Options.Model.EmbeddingDim);

    /// <summary>Gets the bytes that the compact model stores for one table.</summary>
    /// <param name="table">The table's position among <see cref="Bags"/>.</param>
    /// <returns>Bytes.</returns>
    public long StoredBytesOf(int table) => StoredBytesCounter.Count(_bags[table].Parameters, Options.Model.Storage);

    /// <summary>Draws the factors of every Bayesian tensor for a step; tensors without draws use their means.</summary>
    /// <param name="stream">The stream of this step.</param>
    /// <param name="pieces">The draws, each for one fixed piece of the batch.</param>
    public void BeginStep(RandomStream stream, int pieces) => BeginStep(stream, 0, pieces, pieces);

    /// <summary>Draws the factors of every Bayesian tensor for the pieces of one data-parallel worker.</summary>
    /// <param name="stream">The stream of this step, the same on every worker.</param>
    /// <param name="firstPiece">The number of this worker's first piece among those of all.</param>
    /// <param name="pieces">This worker's pieces.</param>
    /// <param name="draws">The draws of all workers.</param>
    public void BeginStep(RandomStream stream, int firstPiece, int pieces, int draws)
    {
        for (int t = 0; t < _tensors.Length; t++)
        {
            _tensors[t].BeginStep(stream.Derive((ulong)t), firstPiece, pieces, draws);
        }
    }

    /// <summary>Makes every Bayesian tensor use its means: the deterministic model.</summary>
    public void UseMeans()
    {
        foreach (BayesianTensor tensor in _tensors)
        {
            tensor.UseMeans();
        }
    }

    /// <summary>Lets the tables keep what makes predictions faster; the model is not trained afterwards.</summary>
    /// <param name="options">How much each table may keep.</param>
    public void PrepareInference(InferenceOptions options)
    {
        foreach (IEmbeddingBag bag in _bags)
        {
            bag.PrepareInference(options);
        }
    }

    /// <summary>Computes the logits of a batch; what <see cref="Backward"/> needs is kept.</summary>
    /// <param name="batch">The samples, at least one; indices are checked here.</param>
    /// <exception cref="ArgumentException">The batch has another number of features than the model, or no sample.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside its table.</exception>
    public void Forward(Batch batch)
    {
        ComputeFeatures(batch);
        _interaction.Forward();
        _top.Forward(_interaction.Output, _logits.View);
    }

    /// <summary>Computes probabilities and the loss of the last <see cref="Forward"/>, and the gradient of the mean loss with respect to the logits.</summary>
    /// <returns>The summed loss in nats.</returns>
    public double Loss() => Loss(Samples);

    /// <summary>Computes probabilities and loss of the last <see cref="Forward"/>, with the gradient of a mean over more samples than those here.</summary>
    /// <param name="batchSize">The samples of the batch over all workers.</param>
    /// <returns>The summed loss of the samples here, in nats.</returns>
    public double Loss(int batchSize) =>
        Device.SigmoidCrossEntropy(_logits.View, _labels.View.Buffer, _probabilities.View, _logitGradient.View, 1f / batchSize);

    /// <summary>Adds the gradient of the mean loss to every parameter's gradient; <see cref="Loss()"/> comes before it.</summary>
    /// <param name="isReady">Told of each parameter whose gradient is complete, in the order of <see cref="BackwardOrder"/>; null: nobody waits for one.</param>
    public void Backward(Action<Parameter>? isReady = null)
    {
        _top.Backward(_interaction.Output, _logits.View, _logitGradient.View, _interaction.OutputGradient, isReady);
        _interaction.Backward();
        for (int t = 0; t < _bags.Length; t++)
        {
            _bags[t].Backward(_interaction.VectorGradient(FirstTableVector + t));
            if (isReady is not null)
            {
                Tell(_bags[t].Parameters, isReady);
            }
        }

        _bottom?.Backward(_dense.View, _interaction.Vector(0), _interaction.VectorGradient(0), null, isReady);
    }

    /// <summary>Tells of parameters in their order.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="isReady">Is told.</param>
    internal static void Tell(IReadOnlyList<Parameter> parameters, Action<Parameter> isReady)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            isReady(parameters[i]);
        }
    }

    /// <summary>Answers the lookups of the other workers in a forward pass for which this one has no samples; nothing to do unless tables are spread over workers.</summary>
    public void ServeForward()
    {
        foreach (IEmbeddingBag bag in _bags.Where(bag => bag.IsSharded))
        {
            bag.Forward(new JaggedIndices(), Nothing);
        }
    }

    /// <summary>Takes the gradients of the other workers in the backward pass after <see cref="ServeForward"/>, in the order of <see cref="Backward"/>.</summary>
    /// <param name="isReady">Told of each parameter, as <see cref="Backward"/> does; or null.</param>
    public void ServeBackward(Action<Parameter>? isReady = null)
    {
        Parameter[] spread = [.. _bags.Where(bag => bag.IsSharded).SelectMany(bag => bag.Parameters)];
        foreach (Parameter parameter in _backwardOrder)
        {
            if (spread.Contains(parameter))
            {
                _bags.First(bag => bag.Parameters.Contains(parameter)).Backward(Nothing);
            }

            isReady?.Invoke(parameter);
        }
    }

    /// <summary>Sets every gradient to zero.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.ClearGradient();
        }
    }

    /// <summary>Copies the logits of the last <see cref="Forward"/>.</summary>
    /// <param name="logits">Receives B numbers.</param>
    public void CopyLogits(Span<float> logits) => _logits.View.Buffer.CopyTo(logits[..Samples]);

    /// <summary>Copies the probabilities that <see cref="Loss()"/> computed.</summary>
    /// <param name="probabilities">Receives B numbers.</param>
    public void CopyProbabilities(Span<float> probabilities) => _probabilities.View.Buffer.CopyTo(probabilities[..Samples]);

    /// <summary>Computes the probabilities of the last <see cref="Forward"/>, without loss and gradient.</summary>
    /// <param name="probabilities">Receives B numbers.</param>
    public void Probabilities(Span<float> probabilities)
    {
        Device.Sigmoid(_logits.View, _probabilities.View);
        CopyProbabilities(probabilities);
    }

    /// <summary>Writes every parameter.</summary>
    /// <param name="writer">Receives the tensors.</param>
    /// <param name="parts">What to write.</param>
    public void Save(IStateWriter writer, StateParts parts)
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.Save(writer, parts);
        }
    }

    /// <summary>Reads every parameter; TT ranks change to those of the file.</summary>
    /// <param name="reader">Has the tensors.</param>
    /// <param name="parts">What to read.</param>
    public void Load(IStateReader reader, StateParts parts)
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.Load(reader, parts);
        }
    }

    /// <summary>Finds a parameter with a stored number that is NaN or infinite.</summary>
    /// <returns>Its name, or null when all are finite.</returns>
    public string? FirstNonFiniteParameter() => _parameters.FirstOrDefault(parameter => !parameter.IsFinite())?.Name;

    /// <inheritdoc/>
    public void Dispose()
    {
        IDisposable?[] resources = [_scratch, _bottom, _top, _interaction, _dense, _labels, _logits, _logitGradient, _probabilities, .. _bags, _ownDevice];
        foreach (IDisposable? resource in resources)
        {
            resource?.Dispose();
        }
    }

    /// <summary>Uploads a batch and computes the vectors of the bottom MLP and of every table.</summary>
    /// <param name="batch">The samples.</param>
    internal void ComputeFeatures(Batch batch)
    {
        CheckShape(batch);
        Resize(batch.Size);
        _labels.View.Buffer.CopyFrom(batch.Labels);
        if (_bottom is not null)
        {
            _dense.View.Buffer.CopyFrom(batch.Dense);
            _bottom.Forward(_dense.View, _interaction.Vector(0));
        }

        for (int t = 0; t < _bags.Length; t++)
        {
            _bags[t].Forward(batch.Sparse[t], _interaction.Vector(FirstTableVector + t));
        }
    }

    /// <summary>Makes room for the logits and features of a number of samples.</summary>
    /// <param name="samples">B.</param>
    internal void Resize(int samples)
    {
        _interaction.Resize(samples);
        _dense.Resize(samples);
        _labels.Resize(samples);
        _logits.Resize(samples);
        _logitGradient.Resize(samples);
        _probabilities.Resize(samples);
    }

    private Mlp MakeMlp(string name, int inputs, MlpOptions layers, Activation last, RandomStream stream) =>
        new(Device, name, inputs, layers, last, Options.Training.MlpOptimizer, Options.Training.FactorOptimizer, Options.RankPrior, _scratch, stream);

    private static IEnumerable<string> UnknownTables(ModelOptions options, ModelInputs inputs) =>
        options.TableOverrides.Keys.Where(name => !inputs.Names.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => $"model.tableOverrides names '{name}', but the sparse features are {string.Join(", ", inputs.Names)}.");

    private static IEnumerable<string> Uncounted(ModelOptions options, ModelInputs inputs) =>
        inputs.Names.Where(name => options.TableOf(name) is { ExactFrequency: > 0 } or { KeptFrequency: > 0 })
            .Select(name => $"Table '{name}' has exactFrequency or keptFrequency, but nothing was counted: make its options with RowFrequencies.Resolve.");

    private static IEnumerable<string> Unstorable(DlrmOptions options, ModelInputs inputs, IRowExchange? exchange) =>
        exchange is not { Workers: > 1 } || options.Model.Storage.Rows == StorageType.Float32 ? []
        : WorkerMemory.SpreadTables(options, inputs)
            .Select(name => $"model.storage.rows is {options.Model.Storage.Rows}, but {name} is spread over {exchange.Workers} workers, none of which has the whole table to scale: set it to float32, or raise distributed.mostReplicatedRows.");

    private void CheckShape(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.DenseFeatures != Inputs.DenseFeatures || batch.Sparse.Length != _bags.Length)
        {
            throw new ArgumentException(
                $"The batch has {batch.DenseFeatures} dense and {batch.Sparse.Length} sparse features, but the model {Inputs.DenseFeatures} and {_bags.Length}: use the data that it was made for.");
        }

        if (batch.Size == 0)
        {
            throw new ArgumentException("The batch has no sample; a batch source ends the epoch instead.");
        }

        for (int t = 0; t < _bags.Length; t++)
        {
            if (batch.Sparse[t].Bags != batch.Size)
            {
                throw new ArgumentException($"{_bags[t].Name}: the batch has {batch.Sparse[t].Bags} bags but {batch.Size} samples.");
            }
        }
    }
}
