using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using ShutdownKit.Analyzers.Model;

namespace ShutdownKit.Analyzers.HostedServices;

/// <summary>
/// SHK2011: the timer of a hosted service is not stopped at all, or it is stopped without waiting for a callback that is saving.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TimerNotDrainedAnalyzer : ShutdownAnalyzer
{
    internal const string Id = "SHK2011";

    /// <summary>The names without which there is nothing to find.</summary>
    internal static readonly string[] Names = ["Timer"];

    private const string Title = "Timer callback is not drained on stop";

    private const string Description =
        "Dispose, Change and Stop keep a timer from firing again, but do not wait for a callback that is running. DisposeAsync does.";

    private static readonly DiagnosticDescriptor NotDrained = RuleDescriptor.Create(
        Id,
        Title,
        "Stopping '{0}' does not wait for a callback that is running: '{1}' is taken for stopped while the callback is still saving, and the process ends in the middle of it",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Info,
        Description);

    private static readonly DiagnosticDescriptor NeverStopped = RuleDescriptor.Create(
        Id,
        Title,
        "'{0}' is not stopped when '{1}' is: its callback goes on while the services that it uses are disposed of, until the process ends in the middle of it",
        RuleCategories.HostedServices,
        DiagnosticSeverity.Info,
        Description);

    /// <summary>Creates the analyzer.</summary>
    public TimerNotDrainedAnalyzer()
        : base(ImmutableArray.Create(NotDrained, NeverStopped))
    {
    }

    private protected override void Register(Watch watch)
    {
        if (watch.Symbols.HostedService is null || watch.Facts.IsExemptAsTest)
            return;

        var sinks = new Lazy<PersistSinks>(() => PersistSinks.Of(watch.Symbols, watch.Options, watch.CancellationToken));
        watch.Names(Names, (file, name) => Look(file, name, sinks));
    }

    private static void Look(SourceFile file, SyntaxToken name, Lazy<PersistSinks> sinks)
    {
        if (CreationAt(name) is not { } creation
            || creation.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || file.Model.GetDeclaredSymbol(declaration, file.CancellationToken) is not { } type)
        {
            return;
        }

        var path = StopPath.Of(type, file.Facts, file.CancellationToken);
        if (!(path.IsHostedService || (path.IsDisposable && path.HasCode)) || KeeperOf(creation) is not { } keeper)
            return;

        var uses = new TimerUse(path, creation, keeper);
        if (!uses.GoesOn || uses.Escapes || !IsTimer(file, creation))
            return;

        if (!uses.IsStopped)
        {
            file.Report(Diagnostic.Create(NeverStopped, creation.GetLocation(), keeper, type.Name));
        }
        else if (path.IsHostedService && uses.StopWithoutWaiting is { } stop && uses.Callback is { } callback
                 && !SharesALock(path, callback, keeper)
                 && Saves(file, new BackgroundWork(path).With(callback), sinks.Value))
        {
            var where = stop.SyntaxTree == file.Tree ? stop : creation;
            file.Report(Diagnostic.Create(NotDrained, where.GetLocation(), keeper, type.Name));
        }
    }

    private static BaseObjectCreationExpressionSyntax? CreationAt(SyntaxToken name)
    {
        TypeSyntax? type = name.Parent switch
        {
            IdentifierNameSyntax { Parent: QualifiedNameSyntax qualified } simple when qualified.Right == simple => qualified,
            IdentifierNameSyntax simple => simple,
            _ => null,
        };
        if (type?.Parent is NullableTypeSyntax nullable)
            type = nullable;

        return type?.Parent switch
        {
            ObjectCreationExpressionSyntax creation => creation,
            VariableDeclarationSyntax { Variables: { Count: 1 } variables } => variables[0].Initializer?.Value as ImplicitObjectCreationExpressionSyntax,
            _ => null,
        };
    }

    // The member that keeps the timer. What a local keeps is either in a using or gone with the garbage.
    private static string? KeeperOf(BaseObjectCreationExpressionSyntax creation) => creation.Parent switch
    {
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } variable } => variable.Identifier.ValueText,
        AssignmentExpressionSyntax { Left: IdentifierNameSyntax left } assignment when assignment.Right == creation => left.Identifier.ValueText,
        AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } left } assignment when assignment.Right == creation =>
            left.Name.Identifier.ValueText,
        _ => null,
    };

    private static bool IsTimer(SourceFile file, ExpressionSyntax creation)
    {
        var type = file.Model.GetTypeInfo(creation, file.CancellationToken).Type;
        return type.Is(file.Symbols.Type("System.Threading.Timer")) || type.Is(file.Symbols.Type("System.Timers.Timer"));
    }

    // The stop takes a lock, or waits for a signal, that the callback holds or sets.
    private static bool SharesALock(StopPath path, SyntaxNode callback, string timer)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in new BackgroundWork(path).With(callback))
        {
            foreach (var name in StopPath.OwnNames(part))
                used.Add(name.Identifier.ValueText);
        }

        foreach (var stop in path.Code)
        {
            foreach (var name in StopPath.OwnNames(stop))
            {
                if (name.Identifier.ValueText != timer
                    && used.Contains(name.Identifier.ValueText)
                    && (name.Parent is LockStatementSyntax
                        || BackgroundWork.CallOn(name) is { } call && (call.StartsWith("Wait", StringComparison.Ordinal) || call is "Enter" or "EnterScope")
                        || name.Parent is AwaitExpressionSyntax
                        || name.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: var called } } && SyntaxNames.Of(called) is "Enter" or "TryEnter" or "WhenAll" or "WhenAny" or "SpinUntil"))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Saves(SourceFile file, List<SyntaxNode> code, PersistSinks sinks)
    {
        foreach (var part in code)
        {
            // A base type may come from another project.
            if (part.SyntaxTree != file.Tree && !file.Facts.Compilation.ContainsSyntaxTree(part.SyntaxTree))
                continue;

            SemanticModel? model = null;
            foreach (var node in part.DescendantNodes())
            {
                if (node is not InvocationExpressionSyntax call || SyntaxNames.OfInvoked(call) is not { } name || !sinks.MayBeSink(name))
                    continue;

                model ??= part.SyntaxTree == file.Tree ? file.Model : file.Facts.ModelOf(part.SyntaxTree);
                if (model.GetSymbolInfo(call, file.CancellationToken).Symbol is IMethodSymbol method
                    && sinks.IsSink(method, (call.Expression as MemberAccessExpressionSyntax)?.Expression is { } receiver ? model.GetTypeInfo(receiver, file.CancellationToken).Type : null))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>What the class does with a timer that a member keeps.</summary>
    private sealed class TimerUse
    {
        private readonly BaseObjectCreationExpressionSyntax _creation;
        private bool _isChanged;
        private bool _isStarted;
        private bool _isOneShot;

        public TimerUse(StopPath path, BaseObjectCreationExpressionSyntax creation, string keeper)
        {
            _creation = creation;
            var background = new BackgroundWork(path);
            if (creation.ArgumentList?.Arguments is { Count: > 0 } arguments && arguments[0].Expression is var first && IsCode(first))
                Callback = background.CodeOf(first);

            foreach (var assigned in creation.Initializer?.Expressions ?? default)
            {
                if (assigned is AssignmentExpressionSyntax { Left: var property, Right: var value })
                    Read(SyntaxNames.Of(property), value);
            }

            if (path.MemberNamed(keeper) is not (IFieldSymbol or IPropertySymbol) and not { DeclaredAccessibility: Accessibility.Private })
                Escapes = true;

            foreach (var declaration in path.Declarations.Concat(path.Inherited))
            {
                foreach (var name in StopPath.OwnNames(declaration))
                {
                    if (name.Identifier.ValueText == keeper)
                        Read(name, path.Contains(name), background);
                }
            }
        }

        /// <summary>The code that the timer runs; null where it is not in this class.</summary>
        public SyntaxNode? Callback { get; private set; }

        /// <summary>Whether others get hold of the timer, and may stop it.</summary>
        public bool Escapes { get; private set; }

        /// <summary>Whether any code of the class stops the timer.</summary>
        public bool IsStopped { get; private set; }

        /// <summary>Where the stop path stops the timer, and nowhere waits for the callback.</summary>
        public SyntaxNode? StopWithoutWaiting => _waits ? null : _stop;

        private bool _waits;
        private SyntaxNode? _stop;

        /// <summary>Whether the timer fires again and again.</summary>
        public bool GoesOn
        {
            get
            {
                if (_isOneShot)
                    return false;

                // new Timer(callback, state, dueTime, period) of System.Threading
                var arguments = _creation.ArgumentList?.Arguments ?? default;
                if (arguments.Count == 4 && IsInfinite(arguments[3].Expression) || arguments.Count == 1 && IsCode(arguments[0].Expression))
                    return _isChanged;

                return arguments.Count == 4 || _isStarted;
            }
        }

        private static bool IsCode(ExpressionSyntax expression) =>
            expression is AnonymousFunctionExpressionSyntax or IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax };

        private static bool IsInfinite(ExpressionSyntax time) =>
            SyntaxNames.Of(time) is "Infinite" or "InfiniteTimeSpan"
            || time is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression }
            || time is LiteralExpressionSyntax { Token.ValueText: "0" };

        private void Read(string? property, ExpressionSyntax value)
        {
            if (property == "AutoReset" && value.IsKind(SyntaxKind.FalseLiteralExpression))
                _isOneShot = true;
            else if (property == "Enabled" && value.IsKind(SyntaxKind.TrueLiteralExpression))
                _isStarted = true;
            else if (property == "Enabled")
                IsStopped = true;
        }

        private void Read(SimpleNameSyntax name, bool isOnStopPath, BackgroundWork background)
        {
            SyntaxNode timer = name.Parent is MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } own ? own : name;
            while (timer.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax)
                timer = timer.Parent;

            switch (timer.Parent)
            {
                case AssignmentExpressionSyntax assignment when assignment.Left == timer:
                case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression }:
                case IsPatternExpressionSyntax { Pattern: ConstantPatternSyntax or UnaryPatternSyntax { Pattern: ConstantPatternSyntax } }:
                    return;

                // timer.Elapsed += callback, timer.Enabled = false
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: var property, Parent: AssignmentExpressionSyntax { Left: var left } set } access when left == access:
                    if (property == "Elapsed" && set.IsKind(SyntaxKind.AddAssignmentExpression))
                        Callback ??= background.CodeOf(set.Right);
                    else if (property == "Elapsed")
                        IsStopped |= isOnStopPath;
                    else
                        Read(property, set.Right);
                    return;
            }

            switch (BackgroundWork.CallOn((ExpressionSyntax)timer))
            {
                case "Start":
                    _isStarted = true;
                    break;

                case "Change":
                    _isChanged = true;
                    if (isOnStopPath)
                        Stop(timer);
                    break;

                case "DisposeAsync":
                    IsStopped = true;
                    _waits = true;
                    break;

                case "Dispose" when timer.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { ArgumentList.Arguments.Count: > 0 }:
                    IsStopped = true;
                    _waits = true;
                    break;

                case "Dispose" or "Stop" or "Close":
                    if (isOnStopPath)
                        Stop(timer);
                    IsStopped = true;
                    break;

                default:
                    Escapes = true;
                    break;
            }
        }

        private void Stop(SyntaxNode timer)
        {
            IsStopped = true;
            var isInStopAsync = timer.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { Identifier.ValueText: "StopAsync" };
            if (_stop is null || isInStopAsync)
                _stop = timer;
        }
    }
}
